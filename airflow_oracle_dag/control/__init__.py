"""Control tables: what decides which jobs run, in Oracle or in DynamoDB, behind one protocol."""
