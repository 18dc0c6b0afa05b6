/**
 * What fills a database: bytes and rows by table and epoch, what VACUUM would give back. Sums over what the pages of the
 * b-trees say (`engine/space.ts`).
 */
import type { Dating, SpaceCount, TreeSpace } from './engine/space';
import type { EpochSpace, SpaceReport, TableInfo, TableSpace } from './types';

/** Where go-spacemesh's tables say which epoch a row is of (sql/statesql/schema/schema.sql and its migrations). */
const dated: readonly {
  readonly table: string;
  readonly column: string;
  readonly in: 'epochs' | 'layers' | 'ids of ATXs';
}[] = [
  { table: 'atxs', column: 'epoch', in: 'epochs' },
  { table: 'atx_blobs', column: 'id', in: 'ids of ATXs' },
  { table: 'posts', column: 'publish_epoch', in: 'epochs' },
  { table: 'beacons', column: 'epoch', in: 'epochs' },
  { table: 'rewards', column: 'layer', in: 'layers' },
  { table: 'ballots', column: 'layer', in: 'layers' },
  { table: 'blocks', column: 'layer', in: 'layers' },
  { table: 'layers', column: 'id', in: 'layers' },
  { table: 'certificates', column: 'layer', in: 'layers' },
  { table: 'block_transactions', column: 'layer', in: 'layers' },
  { table: 'proposal_transactions', column: 'layer', in: 'layers' },
  { table: 'transactions', column: 'layer', in: 'layers' },
  { table: 'accounts', column: 'layer_updated', in: 'layers' },
  // activesets: its epoch lies behind the set itself, megabytes away; see `activeSetsSql`.
];

export const atxEpochSql = 'SELECT epoch FROM atxs WHERE id = ?';
/** The index on the epoch gives the order, the head of each row its length: the sets themselves are not read. */
export const activeSetsSql =
  'SELECT epoch, count(*), sum(length(active_set)) FROM activesets GROUP BY epoch';

/** Records of a table WITHOUT ROWID begin with its primary key (https://www.sqlite.org/withoutrowid.html). */
function recordPlace({ columns, sql }: TableInfo, name: string): number {
  if (!/\bWITHOUT\s+ROWID\b/i.test(sql)) return columns.findIndex((one) => one.name === name);
  const key = columns
    .filter(({ primaryKey }) => primaryKey > 0)
    .toSorted((a, b) => a.primaryKey - b.primaryKey);
  const rest = columns.filter(({ primaryKey }) => primaryKey === 0);
  return [...key, ...rest].findIndex((one) => one.name === name);
}

/** How to tell the rows of this database's tables apart by epoch. */
export function datingsOf(
  tables: readonly TableInfo[],
  layersPerEpoch: number,
  lookUp: (atxId: Uint8Array) => number | undefined,
): Dating[] {
  return dated.flatMap(({ table: name, column, in: unit }): Dating[] => {
    const table = tables.find((one) => one.name === name);
    const place = table ? recordPlace(table, column) : -1;
    if (place < 0) return [];
    const epochOf =
      unit === 'layers'
        ? (layer: number): number => Math.floor(layer / layersPerEpoch)
        : (epoch: number): number => epoch;
    return [{ table: name, column: place, epochOf, ...(unit === 'ids of ATXs' ? { lookUp } : {}) }];
  });
}

/** Bytes that VACUUM would free inside a tree's leaves: half a row a page is left over even in a tree just written. */
function slackBytes({ entries, leafPages, unusedBytes }: TreeSpace, pageSize: number): number {
  if (leafPages < 2) return 0;
  const rowBytes = (leafPages * pageSize - unusedBytes) / Math.max(1, entries);
  return Math.max(0, unusedBytes - (leafPages * Math.min(rowBytes, pageSize)) / 2);
}

/**
 * Adds up the trees of each table, and shares its room out over the epochs of its rows; indexes go with the rows.
 * @param activeSets rows of `activeSetsSql`
 */
export function summariseSpace(
  { trees, shares, freePages, pageCount, pageSize }: SpaceCount,
  activeSets: readonly { epoch: number; rows: number; bytes: number }[] = [],
): SpaceReport {
  const tables = new Map<string, TableSpace>();
  let slack = 0;
  for (const tree of trees) {
    const sum = tables.get(tree.table) ?? {
      name: tree.table,
      rows: 0,
      tableBytes: 0,
      indexBytes: 0,
      unusedBytes: 0,
      exact: true,
    };
    const bytes = tree.pages * pageSize;
    slack += slackBytes(tree, pageSize);
    tables.set(tree.table, {
      name: sum.name,
      rows: sum.rows + (tree.isIndex ? 0 : tree.entries),
      tableBytes: sum.tableBytes + (tree.isIndex ? 0 : bytes),
      indexBytes: sum.indexBytes + (tree.isIndex ? bytes : 0),
      unusedBytes: sum.unusedBytes + tree.unusedBytes,
      exact: sum.exact && tree.exact,
    });
  }
  const all = [
    ...shares,
    ...activeSets.map(({ epoch, rows, bytes }) => ({
      table: 'activesets',
      epoch,
      rows,
      roomBytes: bytes,
    })),
  ];
  const epochs: EpochSpace[] = [];
  for (const table of tables.values()) {
    const own = all.filter((share) => share.table === table.name && share.rows > 0);
    if (own.length === 0) {
      const { name, rows, tableBytes, indexBytes } = table;
      epochs.push({ table: name, epoch: undefined, rows, bytes: tableBytes + indexBytes });
      continue;
    }
    const rows = own.reduce((sum, share) => sum + share.rows, 0);
    const room = own.reduce((sum, share) => sum + share.roomBytes, 0);
    for (const share of own) {
      const ofRows = share.rows / rows;
      const bytes =
        table.tableBytes * (room > 0 ? share.roomBytes / room : ofRows) + table.indexBytes * ofRows;
      epochs.push({
        table: table.name,
        epoch: share.epoch,
        rows: Math.round(table.rows * ofRows),
        bytes: Math.round(bytes),
      });
    }
  }
  return {
    tables: [...tables.values()].toSorted(
      (a, b) => b.tableBytes + b.indexBytes - (a.tableBytes + a.indexBytes),
    ),
    epochs: epochs.toSorted((a, b) => (b.epoch ?? -1) - (a.epoch ?? -1) || b.bytes - a.bytes),
    freeBytes: freePages * pageSize,
    slackBytes: Math.round(slack),
    sizeBytes: pageCount * pageSize,
    exact: trees.every(({ exact }) => exact),
  };
}

/** What to paste to vacuum a database: into a new file, as go-spacemesh does it itself (sql/database.go, VACUUM INTO). */
export const vacuumCommands = (name: string): string => `# With the node stopped, in its data folder
sqlite3 ${name} "PRAGMA wal_checkpoint(TRUNCATE)"   # brings the -wal into the file; prints 0|0|0
sqlite3 ${name} "VACUUM INTO '${name}.vacuumed'"
sqlite3 ${name}.vacuumed "PRAGMA integrity_check"   # must print ok
mv ${name} ${name}.old && rm -f ${name}-wal ${name}-shm
mv ${name}.vacuumed ${name}
# Start the node. When it is synced: rm ${name}.old`;
