-- The database of a round, in PostgreSQL: a machine, jobs that have ended, jobs that run, jobs that wait. Everything is drawn from a seed, a
-- name and a number, so that the same options give the same rows in every version of the server. `round.*` are the options.

CREATE FUNCTION pg_temp.option(name text) RETURNS bigint LANGUAGE sql STABLE AS
    $$ SELECT current_setting('round.' || name)::bigint $$;

-- A number from 0 to `below` - 1.
CREATE FUNCTION pg_temp.drawn(name text, number bigint, below bigint) RETURNS bigint LANGUAGE sql STABLE AS
    $$ SELECT (('x' || left(md5(current_setting('round.seed') || name || number), 8))::bit(32)::bigint * below) >> 32 $$;

-- The same, small numbers more often than large ones: a quarter of `below` on average.
CREATE FUNCTION pg_temp.small(name text, number bigint, below bigint) RETURNS bigint LANGUAGE sql STABLE AS
    $$ SELECT pg_temp.drawn(name, number, below) * pg_temp.drawn(name || '*', number, below) / below $$;

-- Nodes of two cpus of eight cores, in clusters of 64 nodes.
ALTER TABLE resources ADD cluster varchar(255), ADD cpu integer, ADD core integer, ADD memnode integer;
INSERT INTO resources (resource_id, network_address, state_num, cpuset, cluster, cpu, core, memnode)
SELECT core, 'node-' || node || '.example', 1, (core - 1) % 16, 'cluster-' || (node - 1) / 64 + 1, (core - 1) / 8 + 1, core,
    65536 + 1024 * pg_temp.drawn('memory', node, 64)
FROM (SELECT core, (core - 1) / 16 + 1 AS node FROM generate_series(1, pg_temp.option('resources')) AS core) AS cores;

-- What users write about resources. Each text selects a part of the nodes, from all to a quarter.
CREATE TEMP TABLE property AS
SELECT number, 'memnode ' || CASE WHEN number % 2 = 0 THEN '>= ' || 65536 + share ELSE '< ' || 65536 + 65536 - share END AS text
FROM (SELECT number, 49152 * number / pg_temp.option('property_texts') AS share
    FROM generate_series(0, pg_temp.option('property_texts') - 1) AS number) AS texts;

-- The jobs: those that have ended come first, then those that run, then those that wait.
CREATE TEMP TABLE job AS
SELECT id, state, 'user' || person AS person, 'project' || person % 10 AS project,
    -- Besteffort jobs that wait are in a queue of their own, and in a round of its own.
    CASE WHEN kind < 5 AND state <> 'Waiting' THEN 'besteffort' ELSE 'default' END AS queue,
    CASE WHEN kind < 5 AND state <> 'Waiting' THEN 'besteffort' WHEN kind < 8 THEN 'deploy' WHEN kind < 12 THEN 'allow_classic_ssh' END AS type,
    CASE WHEN pg_temp.drawn('has properties', id, 10) < 3 THEN pg_temp.drawn('properties', id, pg_temp.option('property_texts')) END
        AS property, id % 10 = 0 AS is_property_of_group,
    CASE WHEN pg_temp.drawn('round walltime', id, 10) < 7
        THEN (ARRAY[600, 1800, 3600, 3600, 7200, 14400, 28800, 43200, 86400])[1 + pg_temp.drawn('walltime', id, 9)]
        ELSE 60 * (10 + pg_temp.small('walltime', id, 1440)) END AS walltime,
    pg_temp.option('now') - CASE state WHEN 'Terminated' THEN 2592000 ELSE 86400 END
        + id * 3600 / (pg_temp.option('ended') + pg_temp.option('running') + pg_temp.option('jobs')) AS submission
FROM (
    SELECT id, 1 + pg_temp.small('person', id, 60) AS person, pg_temp.drawn('kind', id, 100) AS kind,
        CASE WHEN id <= pg_temp.option('ended') THEN 'Terminated'
            WHEN id <= pg_temp.option('ended') + pg_temp.option('running') THEN 'Running' ELSE 'Waiting' END AS state
    FROM generate_series(1, pg_temp.option('ended') + pg_temp.option('running') + pg_temp.option('jobs')) AS id
) AS jobs;

-- Where those that run are: one behind the other on 95 % of the machine, if they can share that.
CREATE TEMP TABLE held AS
SELECT id, lag(stop, 1, 0::bigint) OVER (ORDER BY id) + 1 AS first, stop AS last
FROM (
    SELECT id, row_number() OVER jobs
        + (greatest(pg_temp.option('resources') * 95 / 100 - pg_temp.option('running'), 0)
            * sum(pg_temp.small('width', id, 64) + 1) OVER jobs / sum(pg_temp.small('width', id, 64) + 1) OVER ())::bigint AS stop
    FROM job WHERE state = 'Running' WINDOW jobs AS (ORDER BY id)
) AS stops;

-- What jobs ask for: some cores, whole nodes, cores of a node, cpus of a cluster; one in 200 asks for more cpus than a node has. One in ten also
-- does with half of it, for twice as long.
CREATE TEMP TABLE alternative AS
SELECT row_number() OVER (ORDER BY job, rank) AS id, job, state, walltime * rank AS walltime,
    CASE WHEN kind < 55 THEN NULL WHEN kind < 85 OR is_too_much THEN 'network_address' ELSE 'cluster' END AS outer_level,
    CASE WHEN kind < 35 OR kind BETWEEN 55 AND 84 THEN 'core' WHEN kind < 55 THEN 'network_address' ELSE 'cpu' END AS level,
    CASE WHEN is_too_much THEN 3 ELSE (count + rank - 1) / rank END AS count
FROM (
    SELECT id AS job, state, walltime, kind, kind = 99 AND pg_temp.drawn('too much', id, 2) = 0 AS is_too_much,
        CASE WHEN kind < 35 THEN 1 + pg_temp.small('cores', id, 64)
            WHEN kind < 55 THEN (ARRAY[1, 1, 1, 1, 2, 4])[1 + pg_temp.drawn('nodes', id, 6)]
            WHEN kind < 85 THEN 1 + pg_temp.drawn('cores', id, 16)
            ELSE 1 + pg_temp.drawn('cpus', id, 4) END AS count
    FROM (SELECT id, state, walltime, pg_temp.drawn('request', id, 100) AS kind FROM job) AS kinds
) AS asked
CROSS JOIN generate_series(1, 2) AS rank
WHERE rank = 1 OR count > 1 AND pg_temp.drawn('moldable', job, 10) = 0;

INSERT INTO jobs (job_id, array_id, job_name, job_type, state, message, job_user, project, command, exit_code, queue_name, properties,
    launching_directory, submission_time, start_time, stop_time, accounted, assigned_moldable_job, checkpoint_signal, last_karma)
SELECT job.id, job.id, CASE WHEN job.id % 7 = 0 THEN 'run-' || job.id END, CASE WHEN job.id % 11 = 0 THEN 'INTERACTIVE' ELSE 'PASSIVE' END,
    job.state::job_state, '', job.person, job.project, '/home/' || job.person || '/run', CASE job.state WHEN 'Terminated' THEN 0 END,
    job.queue, coalesce(property.text, ''), '/home/' || job.person, job.submission,
    -- Those that run have run for a part of their walltime.
    CASE job.state WHEN 'Running' THEN pg_temp.option('now') - pg_temp.drawn('elapsed', job.id, job.walltime)
        WHEN 'Terminated' THEN job.submission ELSE 0 END,
    CASE job.state WHEN 'Terminated' THEN job.submission + job.walltime ELSE 0 END,
    CASE job.state WHEN 'Terminated' THEN 'YES' ELSE 'NO' END,
    CASE job.state WHEN 'Waiting' THEN 0 ELSE chosen.id END, 12, NULL
FROM job
LEFT JOIN property ON property.number = job.property AND NOT job.is_property_of_group
LEFT JOIN (SELECT job, min(id) AS id FROM alternative GROUP BY job) AS chosen ON chosen.job = job.id;

INSERT INTO moldable_job_descriptions (moldable_id, moldable_job_id, moldable_walltime, moldable_index)
SELECT id, job, walltime, CASE state WHEN 'Terminated' THEN 'LOG' ELSE 'CURRENT' END FROM alternative;

INSERT INTO job_resource_groups (res_group_id, res_group_moldable_id, res_group_property, res_group_index)
SELECT alternative.id, alternative.id, coalesce(property.text, 'type = ''default'''),
    CASE alternative.state WHEN 'Terminated' THEN 'LOG' ELSE 'CURRENT' END
FROM alternative
JOIN job ON job.id = alternative.job
LEFT JOIN property ON property.number = job.property AND job.is_property_of_group;

INSERT INTO job_resource_descriptions (res_job_group_id, res_job_resource_type, res_job_value, res_job_order, res_job_index)
SELECT id, outer_level, 1, 0, CASE state WHEN 'Terminated' THEN 'LOG' ELSE 'CURRENT' END FROM alternative WHERE outer_level IS NOT NULL
UNION ALL
SELECT id, level, count, 1, CASE state WHEN 'Terminated' THEN 'LOG' ELSE 'CURRENT' END FROM alternative;

INSERT INTO job_types (job_id, type, types_index)
SELECT id, type, CASE state WHEN 'Terminated' THEN 'LOG' ELSE 'CURRENT' END FROM job WHERE type IS NOT NULL;

-- One in thirty waits for another that was submitted shortly before.
INSERT INTO job_dependencies (job_id, job_id_required, job_dependency_index)
SELECT id, id - 1 - pg_temp.drawn('required', id, 50), CASE state WHEN 'Terminated' THEN 'LOG' ELSE 'CURRENT' END
FROM job
WHERE pg_temp.drawn('depends', id, 30) = 0 AND id - 1 - pg_temp.drawn('required', id, 50) > 0;

-- As the meta-scheduler leaves those that run.
INSERT INTO gantt_jobs_predictions (moldable_job_id, start_time)
SELECT assigned_moldable_job, start_time FROM jobs WHERE state = 'Running';
INSERT INTO gantt_jobs_resources (moldable_job_id, resource_id)
SELECT assigned_moldable_job, resource FROM jobs JOIN held ON held.id = jobs.job_id, generate_series(first, last) AS resource;
INSERT INTO assigned_resources (moldable_job_id, resource_id, assigned_resource_index)
SELECT moldable_job_id, resource_id, 'CURRENT' FROM gantt_jobs_resources;
INSERT INTO job_state_logs (job_id, job_state, date_start)
SELECT job_id, state::text, greatest(start_time, submission_time) FROM jobs WHERE state <> 'Terminated';

-- What was used and asked for in the last thirty days.
INSERT INTO accounting (window_start, window_stop, accounting_user, accounting_project, queue_name, consumption_type, consumption)
SELECT pg_temp.option('now') - 86400 * day, pg_temp.option('now') - 86400 * (day - 1) - 1, person, project, 'default', kind,
    pg_temp.drawn(person || kind, day, 1000000)
FROM generate_series(1, 30) AS day, (SELECT DISTINCT person, project FROM job) AS people, (VALUES ('USED'), ('ASKED')) AS kinds (kind);
