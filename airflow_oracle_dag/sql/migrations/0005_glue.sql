-- Steps that are handed to a run of AWS Glue, and what they cost.

ALTER TABLE {schema}.odag_handover ADD (external_job VARCHAR2(255));
ALTER TABLE {schema}.odag_handover ADD (external_id VARCHAR2(255));
ALTER TABLE {schema}.odag_handover ADD (external_region VARCHAR2(64));
ALTER TABLE {schema}.odag_handover ADD (dpu_seconds NUMBER);

ALTER TABLE {schema}.odag_step ADD (dpu_seconds NUMBER);
