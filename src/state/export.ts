/**
 * Results as files, row by row: CSV (RFC 4180), JSON, newline-delimited JSON, Parquet. Runs where the rows are
 * read. Memory: a megabyte of text, or the rows of one Parquet row group, for each part, and the bytes of one row.
 */
import { ByteWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import { csvText, formulaGuard, type CsvOptions } from '../base/csv';
import { toHex, type Bytes } from '../base/bytes';
import { WorkbenchError } from '../base/error';
import { textPieces } from '../base/packed-rows';
import type { ExportFormat, SqlParams, SqlValue } from './types';

export interface ExportRequest {
  readonly sql: string;
  readonly params: SqlParams;
  readonly unsigned: readonly string[];
  readonly format: ExportFormat;
  /** In CSV, an apostrophe before a text that a spreadsheet would run as a formula; on by default. */
  readonly escapeFormulas?: boolean | undefined;
  /**
   * One file for each value of floor(column / divisor), named as Hive partitions are: `epoch=12`. DuckDB, Spark and
   * ClickHouse read the name back as a column.
   */
  readonly partition?: ExportPartition | undefined;
}

export interface ExportPartition {
  /** Name of the partition: "epoch". */
  readonly name: string;
  /** The result's column to divide: "layer". */
  readonly column: string;
  /** Layers per epoch, or 1. */
  readonly divisor: number;
}

/** Bytes for one of the files. */
export interface ExportChunk {
  /** `epoch=12`, or empty without partitions. */
  readonly part: string;
  readonly bytes: Bytes;
  /** Rows read so far, of all parts. */
  readonly rows: number;
}

/** Where rows come from: a cursor. */
export interface RowSource {
  readonly columns: readonly string[];
  nextRow(): SqlValue[] | undefined;
}

interface Encoder {
  readonly pendingBytes: number;
  push(row: readonly SqlValue[]): void;
  finish(): void;
  /** The bytes so far; they are the caller's. */
  take(): Bytes;
}

const chunkBytes = 1024 * 1024;
/** Rows of a Parquet row group: what DuckDB itself writes is of this order; smaller ones cost little. */
const rowGroupRows = 50_000;
const maxParts = 1000;

export class Exporter {
  readonly #rows: RowSource;
  readonly #columns: readonly string[];
  readonly #request: ExportRequest;
  readonly #partColumn: number;
  readonly #parts = new Map<string, Encoder>();
  #count = 0;
  #finishing: [string, Encoder][] | undefined;

  /** @throws WorkbenchError `export-no-column` */
  constructor(rows: RowSource, request: ExportRequest) {
    this.#rows = rows;
    this.#columns = uniqueNames(rows.columns);
    this.#request = request;
    const { partition } = request;
    this.#partColumn = partition ? rows.columns.indexOf(partition.column) : -1;
    if (partition && this.#partColumn < 0)
      throw new WorkbenchError(
        'export-no-column',
        `The result has no column "${partition.column}" to partition by. It has: ${rows.columns.join(', ')}.`,
        { column: partition.column },
      );
    // An empty result is a file with the column names.
    if (!partition) this.#encoder('');
  }

  /**
   * The next bytes; undefined at the end.
   * @throws WorkbenchError `export-mixed-types`, `export-too-many-parts`; what the rows throw
   */
  next(): ExportChunk | undefined {
    while (!this.#finishing) {
      const row = this.#rows.nextRow();
      if (!row) {
        for (const encoder of this.#parts.values()) encoder.finish();
        this.#finishing = [...this.#parts];
        break;
      }
      this.#count++;
      const part = this.#partOf(row);
      const encoder = this.#encoder(part);
      encoder.push(row);
      if (encoder.pendingBytes >= chunkBytes) return this.#chunk(part, encoder);
    }
    const last = this.#finishing.shift();
    return last && this.#chunk(...last);
  }

  #chunk(part: string, encoder: Encoder): ExportChunk {
    return { part, bytes: encoder.take(), rows: this.#count };
  }

  #partOf(row: readonly SqlValue[]): string {
    const { partition } = this.#request;
    if (!partition) return '';
    const value = row[this.#partColumn];
    const number = typeof value === 'number' || typeof value === 'bigint' ? Number(value) : NaN;
    const name = Number.isNaN(number)
      ? '__HIVE_DEFAULT_PARTITION__'
      : String(Math.floor(number / partition.divisor));
    return `${partition.name}=${name}`;
  }

  #encoder(part: string): Encoder {
    const known = this.#parts.get(part);
    if (known) return known;
    if (this.#parts.size >= maxParts)
      throw new WorkbenchError(
        'export-too-many-parts',
        `The export would make more than ${maxParts} files. Partition by epoch: divide the layer by the layers per epoch.`,
        { maxParts },
      );
    const isUnsigned = this.#rows.columns.map((name) => this.#request.unsigned.includes(name));
    const encoder = startEncoder(this.#request, this.#columns, isUnsigned);
    this.#parts.set(part, encoder);
    return encoder;
  }
}

function startEncoder(
  { format, escapeFormulas = true }: ExportRequest,
  columns: readonly string[],
  isUnsigned: readonly boolean[],
): Encoder {
  const csv = { escapeFormulas };
  switch (format) {
    case 'csv':
      return new TextEncoding(
        `${columns.map((name) => csvText(name, csv)).join(',')}\r\n`,
        csvRowWriter(csv),
        '',
      );
    case 'ndjson':
      return new TextEncoding(
        '',
        (row, _, write) => {
          writeJsonObject(columns, row, write);
          write('\n');
        },
        '',
      );
    case 'json':
      return new TextEncoding(
        '[',
        (row, index, write) => {
          write(index === 0 ? '\n' : ',\n');
          writeJsonObject(columns, row, write);
        },
        '\n]\n',
      );
    case 'parquet':
      return new ParquetEncoding(columns, isUnsigned);
  }
}

/** Column names as keys: the second `hash` becomes `hash_2`. */
export function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let i = 2; taken.has(unique); i++) unique = `${name}_${i}`;
    taken.add(unique);
    return unique;
  });
}

/** What was renamed so that each column has a name of its own: "hash → hash_2". Empty where all names differ. */
export const renamedColumns = (names: readonly string[]): string[] =>
  uniqueNames(names).flatMap((unique, i) =>
    unique === names[i] ? [] : [`${names[i] ?? ''} → ${unique}`],
  );

type Write = (text: string) => void;
type WriteRow = (row: readonly SqlValue[], index: number, write: Write) => void;

/** Text as UTF-8. No string is longer than about a megabyte: a cell of hundreds is written in pieces. */
class TextEncoding implements Encoder {
  readonly #writeRow: WriteRow;
  readonly #end: string;
  readonly #write: Write;
  #pieces: string[] = [];
  #piecesLength = 0;
  #chunks: Uint8Array[] = [];
  #chunksBytes = 0;
  #index = 0;

  constructor(start: string, writeRow: WriteRow, end: string) {
    this.#writeRow = writeRow;
    this.#end = end;
    this.#write = (text) => {
      this.#pieces.push(text);
      this.#piecesLength += text.length;
      if (this.#piecesLength >= chunkBytes) this.#encode();
    };
    this.#write(start);
  }

  get pendingBytes(): number {
    return this.#chunksBytes + this.#piecesLength;
  }

  push(row: readonly SqlValue[]): void {
    this.#writeRow(row, this.#index++, this.#write);
  }

  finish(): void {
    this.#write(this.#end);
  }

  take(): Bytes {
    this.#encode();
    const bytes = new Uint8Array(this.#chunksBytes);
    let at = 0;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    this.#chunks = [];
    this.#chunksBytes = 0;
    return bytes;
  }

  #encode(): void {
    const chunk = new TextEncoder().encode(this.#pieces.join(''));
    this.#chunks.push(chunk);
    this.#chunksBytes += chunk.length;
    this.#pieces = [];
    this.#piecesLength = 0;
  }
}

/** Bytes whose hex is one piece. */
const hexPieceBytes = 512 * 1024;

function writeHex(bytes: Uint8Array, write: Write): void {
  for (let at = 0; at < bytes.length; at += hexPieceBytes)
    write(toHex(bytes.subarray(at, at + hexPieceBytes)));
}

const csvRowWriter =
  (options: CsvOptions): WriteRow =>
  (row, _, write) => {
    for (const [i, value] of row.entries()) {
      if (i > 0) write(',');
      if (value instanceof Uint8Array) writeHex(value, write);
      else if (typeof value !== 'string') write(value === null ? '' : String(value));
      else if (value.length < chunkBytes) write(csvText(value, options));
      else {
        write(`"${formulaGuard(value, options)}`);
        for (const piece of textPieces(value)) write(piece.replaceAll('"', '""'));
        write('"');
      }
    }
    write('\r\n');
  };

function writeJsonObject(columns: readonly string[], row: readonly SqlValue[], write: Write): void {
  for (const [i, name] of columns.entries()) {
    write(`${i === 0 ? '{' : ','}${JSON.stringify(name)}:`);
    writeJsonValue(row[i] ?? null, write);
  }
  write(columns.length === 0 ? '{}' : '}');
}

/** Integers beyond 2^53 are strings, since most readers of JSON would round them; blobs are hex. */
function writeJsonValue(value: SqlValue, write: Write): void {
  if (value === null) write('null');
  else if (typeof value === 'number' && Number.isFinite(value)) write(String(value));
  else if (value instanceof Uint8Array) {
    write('"');
    writeHex(value, write);
    write('"');
  } else if (typeof value === 'string' && value.length >= chunkBytes) {
    write('"');
    for (const piece of textPieces(value)) write(JSON.stringify(piece).slice(1, -1));
    write('"');
  } else write(JSON.stringify(String(value)));
}

type ParquetKind = 'INT64' | 'DOUBLE' | 'STRING' | 'BYTE_ARRAY';

/** Parquet's columns have one type each: the first row group decides, and the rest must agree. */
class ParquetEncoding implements Encoder {
  readonly #columns: readonly string[];
  readonly #isUnsigned: readonly boolean[];
  readonly #bytes = new ByteWriter(chunkBytes);
  #writer: ParquetWriter | undefined;
  #kinds: readonly ParquetKind[] = [];
  #group: SqlValue[][];
  #groupRows = 0;
  #groupBytes = 0;

  constructor(columns: readonly string[], isUnsigned: readonly boolean[]) {
    this.#columns = columns;
    this.#isUnsigned = isUnsigned;
    this.#group = columns.map(() => []);
  }

  get pendingBytes(): number {
    return this.#bytes.index;
  }

  push(row: readonly SqlValue[]): void {
    for (const [i, column] of this.#group.entries()) {
      const value = row[i] ?? null;
      column.push(value);
      if (value instanceof Uint8Array || typeof value === 'string')
        this.#groupBytes += value.length;
    }
    this.#groupRows++;
    // Active sets are large blobs: a row group is bounded in bytes, too.
    if (this.#groupRows >= rowGroupRows || this.#groupBytes >= 32 * chunkBytes) this.#flush();
  }

  finish(): void {
    if (this.#groupRows > 0 || !this.#writer) this.#flush();
    void this.#writer?.finish();
  }

  take(): Bytes {
    const bytes = this.#bytes.getBytes().slice();
    this.#bytes.index = 0;
    return bytes;
  }

  #flush(): void {
    this.#writer ??= this.#start();
    void this.#writer.write({
      columnData: this.#columns.map((name, i) => ({
        name,
        data: (this.#group[i] ?? []).map((value) => this.#convert(value, i)),
      })),
      rowGroupSize: Math.max(1, this.#groupRows),
    });
    this.#group = this.#columns.map(() => []);
    this.#groupRows = 0;
    this.#groupBytes = 0;
  }

  #start(): ParquetWriter {
    this.#kinds = this.#group.map((column) => kindOf(column));
    const schema: SchemaElement[] = [
      { name: 'root', num_children: this.#columns.length },
      ...this.#columns.map((name, i): SchemaElement => {
        const kind = this.#kinds[i];
        const base = { name, repetition_type: 'OPTIONAL' } as const;
        if (kind === 'STRING') return { ...base, type: 'BYTE_ARRAY', converted_type: 'UTF8' };
        if (kind === 'INT64' && this.#isUnsigned[i])
          return { ...base, type: 'INT64', converted_type: 'UINT_64' };
        return { ...base, type: kind ?? 'BYTE_ARRAY' };
      }),
    ];
    return new ParquetWriter({ writer: this.#bytes, schema, createdBy: 'PoST Workbench' });
  }

  #convert(value: SqlValue, column: number): SqlValue | undefined {
    if (value === null) return undefined;
    const kind = this.#kinds[column];
    if (kind === 'INT64') {
      if (typeof value === 'bigint') return value;
      if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
    } else if (kind === 'DOUBLE') {
      if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
    } else if (kind === 'STRING') {
      if (typeof value === 'string') return value;
    } else if (value instanceof Uint8Array) {
      return value;
    }
    const name = this.#columns[column] ?? '';
    throw new WorkbenchError(
      'export-mixed-types',
      `Column "${name}" holds values of different types, which Parquet cannot. Choose one in the query, for example CAST(${name} AS TEXT) AS ${name}, or export CSV or JSON.`,
      { column: name },
    );
  }
}

function kindOf(values: readonly SqlValue[]): ParquetKind {
  let kind: ParquetKind | undefined;
  for (const value of values) {
    if (value === null) continue;
    if (typeof value === 'string') return 'STRING';
    if (value instanceof Uint8Array) return 'BYTE_ARRAY';
    if (typeof value === 'number' && !Number.isInteger(value)) return 'DOUBLE';
    kind = 'INT64';
  }
  return kind ?? 'STRING';
}
