"""Task groups of this package: a category of jobs, a script as one task per step."""
