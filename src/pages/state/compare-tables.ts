/** A comparison of two databases as text and tables. */
import { toHex } from '../../base/bytes';
import { counted } from '../../base/counted';
import type { DatabaseComparison, ListedDifference } from '../../state/compare/compare';
import type { SqlValue } from '../../state/types';
import { tableOf, type Cell, type TableData } from '../../ui/cells';
import type { TableColumn } from '../../ui/table/columns';
import type { StateView } from '../shared/links';

export interface ComparisonSummary {
  readonly severity: 'good' | 'warn' | 'bad';
  readonly title: string;
  readonly text: string;
}

/** What it means: rows that one lacks are normal for copies of two days, rows that differ are not. */
export function summariseComparison({
  tables,
  hashesCompared,
  firstStateHash,
}: DatabaseComparison): ComparisonSummary {
  const sum = (of: (row: DatabaseComparison['tables'][number]) => number): number =>
    tables.reduce((total, row) => total + of(row), 0);
  const [here, there, different] = [
    sum(({ onlyHere }) => onlyHere),
    sum(({ onlyThere }) => onlyThere),
    sum((row) => row.different),
  ];
  const lacking = tables.filter(
    ({ same, notCompared }) => same === null || notCompared.length > 0,
  ).length;
  const notCompared =
    lacking > 0
      ? ` The schemas differ in ${counted(lacking, 'table')}: see the column “not compared”.`
      : '';
  if (here + there + different === 0)
    return {
      severity: lacking > 0 ? 'warn' : 'good',
      title: 'Every row that was compared is the same',
      text: `All ${counted(tables.length, 'table')} were compared.${notCompared}`,
    };
  const counts = `${counted(here, 'row is', 'rows are')} only here, ${counted(there, 'row is', 'rows are')} only there, ${counted(different, 'row is', 'rows are')} different.${notCompared}`;
  if (firstStateHash !== null)
    return {
      severity: 'bad',
      title: `The states differ from layer ${firstStateHash} on`,
      text: `${counts} Two nodes of one network have the same state hash in each layer: one of the two has applied other blocks. Audit the layers around it.`,
    };
  return {
    severity: 'warn',
    title: hashesCompared ? 'Rows differ, and no state hash does' : 'Rows differ',
    text: `${counts} Rows that one lacks are normal for copies of different times.${hashesCompared ? '' : ' State hashes were not compared: one of the two has none.'}`,
  };
}

export const comparisonTable = ({ tables }: DatabaseComparison): TableData =>
  tableOf(
    ['table', 'same', 'only_here', 'only_there', 'different', 'not_compared'],
    tables.map((row): Cell[] => [
      ...[row.name, row.same, row.onlyHere, row.onlyThere, row.different],
      row.same === null ? 'table is in one of them only' : row.notCompared.join(', '),
    ]),
  );

const kindTexts: Readonly<Record<ListedDifference['kind'], string>> = {
  'only-here': 'only here',
  'only-there': 'only there',
  different: 'different',
};

const idColumns = ['pubkey', 'atx', 'coinbase'] as const;

const shown = (value: SqlValue): string =>
  value instanceof Uint8Array ? toHex(value) : value === null ? 'NULL' : String(value);

/** Keys as text, with the smesher, ATX or coinbase in them in columns of their own, for their links. */
export const differenceTable = ({ tables }: DatabaseComparison): TableData =>
  tableOf(
    ['table', 'difference', 'columns', 'key', ...idColumns],
    tables.flatMap(({ name, differences }) =>
      differences.map(({ kind, key, columns }): Cell[] => [
        ...[name, kindTexts[kind], columns.join(', ')],
        Object.entries(key)
          .map(([column, value]) => `${column} = ${shown(value)}`)
          .join(', '),
        key['pubkey'] ?? null,
        (name === 'atxs' || name === 'atx_blobs' ? key['id'] : key['atxid']) ?? null,
        key['coinbase'] ?? key['address'] ?? null,
      ]),
    ),
  );

type Link = (view: StateView, params: Readonly<Record<string, string>>) => string;

export const differenceColumns = (link: Link): readonly TableColumn[] => {
  const to = (view: StateView, param: string, title: string): TableColumn => ({
    title,
    format: (value) => (value instanceof Uint8Array ? toHex(value) : ''),
    href: (value) =>
      value instanceof Uint8Array ? link(view, { [param]: toHex(value) }) : undefined,
  });
  return [
    {},
    {},
    { title: 'columns', hint: 'of a row that is different: which columns' },
    { title: 'key', hint: 'what identifies the row' },
    to('smesher', 'id', 'smesher'),
    to('atx', 'id', 'ATX'),
    to('rewards', 'coinbase', 'coinbase'),
  ];
};
