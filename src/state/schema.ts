import type { DatabaseFinding, DatabaseInfo, TableInfo } from './types';

/** What a schema version means: the releases of go-spacemesh that write it, and what changed for a reader. */
interface SchemaVersion {
  readonly version: number;
  readonly releases: string;
  readonly change: string;
}

/**
 * Migrations of state.sql by `PRAGMA user_version` (go-spacemesh sql/statesql/schema/migrations and the code migrations
 * beside them, at the release tags).
 */
const stateVersions: readonly SchemaVersion[] = [
  { version: 27, releases: 'after v1.7.6', change: 'accounts may have storage' },
  { version: 26, releases: 'after v1.7.6', change: 'transactions that were evicted are listed' },
  {
    version: 25,
    releases: 'v1.7.5–v1.7.6',
    change: 'malfeasance and marriages have tables of their own',
  },
  {
    version: 23,
    releases: 'v1.7.0–v1.7.4',
    change: 'posts lists every identity of an ATX; ATXs have a weight',
  },
  { version: 19, releases: 'v1.6', change: 'ATX versions; identities know their marriage ATX' },
  {
    version: 17,
    releases: 'v1.5',
    change: 'ATX blobs moved to atx_blobs; previous ATX in atxs.prev_id',
  },
  { version: 15, releases: 'v1.4', change: 'ATX validity; index of ATXs by coinbase' },
  { version: 9, releases: 'v1.3', change: 'rewards name the smesher (rows from before have none)' },
  { version: 6, releases: 'v1.2', change: 'rewards by coinbase only' },
];

const localVersions: readonly SchemaVersion[] = [
  { version: 13, releases: 'after v1.7.6', change: 'published ATXs with their PoET proof' },
  { version: 12, releases: 'after v1.7.6', change: 'events have a kind' },
  { version: 11, releases: 'after v1.7.6', change: 'events, proposals, eligibilities' },
  { version: 10, releases: 'after v1.7.6', change: 'published ATXs' },
  { version: 9, releases: 'v1.7', change: '' },
  { version: 8, releases: 'v1.6', change: '' },
  { version: 7, releases: 'v1.5', change: '' },
  { version: 5, releases: 'v1.4', change: '' },
  { version: 2, releases: 'v1.3', change: 'then named node_state.sql' },
];

/** The newest schema that this workbench was checked against. */
const newestSchema = { state: 27, local: 13 } as const;

/** What a version number means, in words: "25 (go-spacemesh v1.7.5–v1.7.6)". */
export function describeSchema({
  kind,
  schemaVersion,
}: Pick<DatabaseInfo, 'kind' | 'schemaVersion'>): string {
  if (kind === 'other') return `${schemaVersion} (not a go-spacemesh database)`;
  const known = kind === 'state' ? stateVersions : localVersions;
  const exact = known.find(({ version }) => version === schemaVersion);
  if (exact)
    return `${schemaVersion} (go-spacemesh ${exact.releases}${exact.change ? `: ${exact.change}` : ''})`;
  if (schemaVersion > newestSchema[kind])
    return `${schemaVersion} (newer than ${newestSchema[kind]}, the newest that this workbench was checked against)`;
  const below = known.find(({ version }) => version < schemaVersion);
  return below
    ? `${schemaVersion} (between releases, after go-spacemesh ${below.releases})`
    : `${schemaVersion} (older than go-spacemesh ${known.at(-1)?.releases ?? ''})`;
}

/** A table, or one column of it: "atxs", "rewards.pubkey". */
export type SchemaNeed = string;

/** What is needed and not there, in the order asked; a table that is not there by its name alone. */
export function missingFrom(
  tables: readonly TableInfo[],
  needs: readonly SchemaNeed[],
): SchemaNeed[] {
  const missing = needs.flatMap((need): SchemaNeed[] => {
    const [tableName = '', columnName] = need.split('.');
    const table = tables.find(({ name }) => name === tableName);
    if (!table) return [tableName];
    const isThere =
      columnName === undefined || table.columns.some(({ name }) => name === columnName);
    return isThere ? [] : [need];
  });
  return [...new Set(missing)];
}

const marks = {
  state: ['atxs', 'rewards', 'ballots', 'layers'],
  local: [
    'challenge',
    'nipost',
    'poet_registration',
    'initial_post',
    'post',
    'poet_certificates',
    'published_atxs',
  ],
} as const;

/** Recognises the database by its tables, and reports what is unusual about its schema. */
export function schemaFindings(
  schemaVersion: number,
  tables: readonly TableInfo[],
): { kind: DatabaseInfo['kind']; findings: DatabaseFinding[] } {
  const has = (name: string): boolean => tables.some((table) => table.name === name);
  const kind =
    marks.state.filter(has).length >= 2
      ? 'state'
      : marks.local.filter(has).length >= 2
        ? 'local'
        : 'other';
  const findings: DatabaseFinding[] = [];
  if (tables.length === 0)
    findings.push({
      code: 'schema-empty',
      severity: 'warning',
      message:
        'The database has no tables. A young database keeps everything in its -wal file: drop both together.',
    });
  else if (kind === 'other')
    findings.push({
      code: 'schema-unknown',
      severity: 'info',
      message:
        'This is a SQLite database, but not a state.sql or local.sql of go-spacemesh. The SQL console works; the other views have nothing to show.',
    });
  else if (schemaVersion > newestSchema[kind])
    findings.push({
      code: 'schema-newer',
      severity: 'info',
      message: `Schema version ${schemaVersion} is newer than the newest that this workbench was checked against (${newestSchema[kind]}). Views go by the tables and columns that are there and state what they lack; the SQL console always works.`,
    });
  else if (kind === 'state' && schemaVersion < 21)
    findings.push({
      code: 'schema-older',
      severity: 'info',
      message: `Schema ${describeSchema({ kind, schemaVersion })} is older than the current one. Views state what they lack in it; the SQL console always works.`,
    });
  return { kind, findings };
}
