"""PL/SQL anonymous blocks: parser and interpreter."""
