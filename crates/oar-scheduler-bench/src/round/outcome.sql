-- What a round has left of the waiting jobs: how many have a place, how many have none and a message that says why, how many have
-- neither or wait for their place without a reason; the first of the last; the resources of all places; the messages.
SELECT count(*) FILTER (WHERE start IS NOT NULL AND (start <= $1 OR has_reason)),
    count(*) FILTER (WHERE start IS NULL AND has_reason),
    count(*) FILTER (WHERE start <= $1),
    min(job_id) FILTER (WHERE (start IS NULL OR start > $1) AND NOT has_reason),
    (SELECT count(*) FROM gantt_jobs_resources) - (SELECT count(*) FROM assigned_resources)
FROM (
    -- What is told of a job comes first, then why it waits.
    SELECT job_id, message LIKE '%: _%' AS has_reason, places.start
    FROM jobs
    LEFT JOIN (
        SELECT moldable_job_descriptions.moldable_job_id AS job, start_time AS start
        FROM gantt_jobs_predictions
        JOIN moldable_job_descriptions ON moldable_id = gantt_jobs_predictions.moldable_job_id
    ) AS places ON places.job = job_id
    WHERE state = 'Waiting'
) AS waiting
