-- The waiting jobs as they are when a round of the server begins: without places and messages.
DELETE FROM gantt_jobs_resources WHERE moldable_job_id IN
    (SELECT moldable_id FROM moldable_job_descriptions JOIN jobs ON job_id = moldable_job_id WHERE state = 'Waiting');
DELETE FROM gantt_jobs_predictions WHERE moldable_job_id IN
    (SELECT moldable_id FROM moldable_job_descriptions JOIN jobs ON job_id = moldable_job_id WHERE state = 'Waiting');
UPDATE jobs SET message = '', last_karma = NULL WHERE state = 'Waiting';
