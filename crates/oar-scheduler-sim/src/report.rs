//! What a simulation is shown as: a table of its jobs, a Gantt chart, a page of plots.
