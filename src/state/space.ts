/**
 * What fills a database: bytes and rows by table and epoch, what VACUUM would give back. Sums over what the pages of the
 * b-trees say (`engine/space.ts`).
 */
import { shellPath, shellText, sqlText } from '../base/shell';
import type { Counted, Dating, EpochShare, SpaceCount, TreeSpace } from './engine/space-count';
import type { EpochSpace, FigureRange, SpaceReport, TableInfo } from './types';

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
  // activesets: its epoch is behind the set itself, megabytes away; see `activeSetsSql`.
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

/** Bytes that VACUUM would free inside a tree's leaves: half a row per page is left over even in a tree just written. */
function slackBytes({ entries, leafPages, unusedBytes }: TreeSpace, pageSize: number): number {
  if (leafPages < 2) return 0;
  const rowBytes = (leafPages * pageSize - unusedBytes.value) / Math.max(1, entries.value);
  return Math.max(0, unusedBytes.value - (leafPages * Math.min(rowBytes, pageSize)) / 2);
}

const nothing: Counted = { value: 0, margin: 0 };
/** Samples of different trees are independent of each other. */
const plus = (a: Counted, b: Counted): Counted => ({
  value: a.value + b.value,
  margin: Math.hypot(a.margin, b.margin),
});
const times = ({ value, margin }: Counted, factor: number): Counted => ({
  value: value * factor,
  margin: margin * factor,
});
const rangeOf = ({ value, margin }: Counted, most = Infinity): FigureRange => ({
  low: Math.max(0, Math.floor(value - margin)),
  high: Math.min(most, Math.ceil(value + margin)),
});

interface TableSum {
  readonly name: string;
  readonly rows: Counted;
  readonly tableBytes: Counted;
  readonly indexBytes: Counted;
  readonly unusedBytes: Counted;
  readonly exact: boolean;
}

function sumOf(
  name: string,
  trees: readonly TreeSpace[],
  pageSize: number,
  sizeBytes: number,
): TableSum {
  const sum = (of: (tree: TreeSpace) => Counted | undefined): Counted =>
    trees.reduce((total, tree) => plus(total, of(tree) ?? nothing), nothing);
  // Damaged trees may share pages.
  const inFile = ({ value, margin }: Counted): Counted => ({
    value: Math.min(value, sizeBytes),
    margin,
  });
  return {
    name,
    rows: sum(({ isIndex, entries }) => (isIndex ? undefined : entries)),
    tableBytes: inFile(sum(({ isIndex, pages }) => (isIndex ? undefined : times(pages, pageSize)))),
    indexBytes: inFile(sum(({ isIndex, pages }) => (isIndex ? times(pages, pageSize) : undefined))),
    unusedBytes: inFile(sum(({ unusedBytes }) => unusedBytes)),
    exact: trees.every(({ exact }) => exact),
  };
}

/** Shares the rows and bytes of a table out over its epochs; indexes go with the rows. */
function epochsOf(table: TableSum, shares: readonly EpochShare[]): EpochSpace[] {
  const { name, tableBytes, indexBytes } = table;
  const own = shares.filter((share) => share.table === name && share.rows.value > 0);
  if (own.length === 0) {
    const bytes = plus(tableBytes, indexBytes);
    return [
      {
        table: name,
        epoch: undefined,
        rows: table.rows.value,
        bytes: bytes.value,
        ranges: { rows: rangeOf(table.rows), bytes: rangeOf(bytes) },
      },
    ];
  }
  const rows = own.reduce((sum, share) => sum + share.rows.value, 0);
  const room = own.reduce((sum, share) => sum + share.roomBytes.value, 0);
  return own.map((share) => {
    const ofRows = share.rows.value / rows;
    const ofRoom = room > 0 ? share.roomBytes.value / room : ofRows;
    const rowCount: Counted = {
      value: Math.round(table.rows.value * ofRows),
      margin: (share.rows.margin * table.rows.value) / rows,
    };
    const bytes: Counted = {
      value: Math.round(tableBytes.value * ofRoom + indexBytes.value * ofRows),
      margin: Math.hypot(
        room > 0 ? (share.roomBytes.margin * tableBytes.value) / room : 0,
        (share.rows.margin * indexBytes.value) / rows,
        tableBytes.margin * ofRoom,
        indexBytes.margin * ofRows,
      ),
    };
    return {
      table: name,
      epoch: share.epoch,
      rows: rowCount.value,
      bytes: bytes.value,
      ranges: { rows: rangeOf(rowCount), bytes: rangeOf(bytes) },
    };
  });
}

/**
 * Adds up the trees of each table, and shares its bytes out over the epochs of its rows.
 * @param activeSets rows of `activeSetsSql`
 */
export function summariseSpace(
  { trees, shares, freePages, pageCount, pageSize }: SpaceCount,
  activeSets: readonly { epoch: number; rows: number; bytes: number }[] = [],
): SpaceReport {
  const sizeBytes = pageCount * pageSize;
  const sums = [...new Set(trees.map(({ table }) => table))].map((name) =>
    sumOf(
      name,
      trees.filter(({ table }) => table === name),
      pageSize,
      sizeBytes,
    ),
  );
  const all: EpochShare[] = [
    ...shares,
    ...activeSets.map(({ epoch, rows, bytes }) => ({
      table: 'activesets',
      epoch,
      rows: { value: rows, margin: 0 },
      roomBytes: { value: bytes, margin: 0 },
    })),
  ];
  const total = (of: (sum: TableSum) => Counted): SpaceReport['totals']['tableBytes'] => {
    const counted = sums.reduce((result, sum) => plus(result, of(sum)), nothing);
    return {
      value: Math.min(counted.value, sizeBytes),
      range: rangeOf(counted, sizeBytes),
    };
  };
  return {
    tables: sums
      .map((sum) => ({
        name: sum.name,
        rows: sum.rows.value,
        tableBytes: sum.tableBytes.value,
        indexBytes: sum.indexBytes.value,
        unusedBytes: sum.unusedBytes.value,
        ranges: {
          rows: rangeOf(sum.rows),
          tableBytes: rangeOf(sum.tableBytes, sizeBytes),
          indexBytes: rangeOf(sum.indexBytes, sizeBytes),
          unusedBytes: rangeOf(sum.unusedBytes, sizeBytes),
        },
        exact: sum.exact,
      }))
      .toSorted((a, b) => b.tableBytes + b.indexBytes - (a.tableBytes + a.indexBytes)),
    epochs: sums
      .flatMap((sum) => epochsOf(sum, all))
      .toSorted((a, b) => (b.epoch ?? -1) - (a.epoch ?? -1) || b.bytes - a.bytes),
    totals: {
      tableBytes: total((sum) => sum.tableBytes),
      indexBytes: total((sum) => sum.indexBytes),
    },
    freeBytes: freePages * pageSize,
    slackBytes: Math.round(trees.reduce((sum, tree) => sum + slackBytes(tree, pageSize), 0)),
    sizeBytes,
    damagedPages: trees.reduce((sum, tree) => sum + tree.damagedPages, 0),
    exact: trees.every(({ exact }) => exact),
  };
}

/**
 * What to paste to vacuum a database: into a new file, as go-spacemesh does it itself (sql/database.go, VACUUM INTO).
 * @throws WorkbenchError `shell-control-character`
 */
export function vacuumCommands(name: string): string {
  const file = (suffix = ''): string => shellPath(`${name}${suffix}`);
  return `# With the node stopped, in its data folder
sqlite3 ${file()} "PRAGMA wal_checkpoint(TRUNCATE)"   # brings the -wal into the file; prints 0|0|0
sqlite3 ${file()} ${shellText(`VACUUM INTO ${sqlText(`${name}.vacuumed`)}`)}
sqlite3 ${file('.vacuumed')} "PRAGMA integrity_check"   # must print ok
mv ${file()} ${file('.old')} && rm -f ${file('-wal')} ${file('-shm')}
mv ${file('.vacuumed')} ${file()}
# Start the node. When it is synced: rm ${file('.old')}`;
}
