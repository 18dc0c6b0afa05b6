-- Parts of an audit (post-workbench audit --shard I/N --out DIR), summarised with DuckDB:
--   cd DIR && duckdb < audit.sql
-- `post-workbench join DIR` refuses parts of different databases, and names shards that are missing. The first query shows
-- the same: it must have one row, with all shards.

CREATE TEMP VIEW atxs AS SELECT * FROM read_parquet('audit-*-of-*.parquet', union_by_name = true);

SELECT choice, labels, network, workbench, database_bytes, first_page, last_page, wal,
       count(DISTINCT shard) AS shards_present, any_value(shards) AS shards,
       count(DISTINCT place) AS atxs, any_value(chosen) AS chosen
FROM atxs GROUP BY ALL;

SELECT outcome, count(*) AS atxs, sum(units) AS units FROM atxs GROUP BY outcome ORDER BY outcome;

SELECT publish_epoch, outcome, count(*) AS atxs FROM atxs GROUP BY ALL ORDER BY ALL;

-- Checks by the number of ATXs that fail them.
SELECT failed_check, count(*) AS atxs
FROM (SELECT unnest(string_split(failed, ' ')) AS failed_check FROM atxs WHERE failed <> '')
GROUP BY failed_check ORDER BY atxs DESC;

SELECT atx, smesher, publish_epoch, outcome, failed, reasons
FROM atxs WHERE outcome <> 'pass' ORDER BY place LIMIT 100;
