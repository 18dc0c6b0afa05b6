import initSqlJs from 'sql.js';
import { hasByteStreams } from '../../base/byte-stream';
import { WorkbenchError } from '../../base/error';
import { hasSharedMemory } from '../../base/shared-memory';
import type {
  Fetched,
  OpenRequest,
  SpaceRequest,
  SpaceStep,
  StateWorkerApi,
} from '../../state/worker-api';
import type { Cursor } from '../../state/engine/cursor';
import type { EngineFile } from '../../state/engine/database-bytes';
import { Engine } from '../../state/engine/engine';
import { inFile } from '../../state/engine/errors';
import type { SyncSource } from '../../state/engine/source';
import { ComparisonRun, type DatabaseComparison } from '../../state/compare/compare';
import type { CompareProgress } from '../../state/compare/plan';
import { readThrough, startReaderThread, type ReaderThread } from '../../state/engine/file-reader';
import { SpaceScan } from '../../state/engine/space';
import { loadSql, type Sql } from '../../state/engine/sqljs';
import type { WalIndex } from '../../state/engine/wal';
import { Exporter, type ExportChunk, type ExportRequest } from '../../state/export';
import { packedBuffers } from '../../base/packed-rows';
import { missingFrom } from '../../state/schema';
import { activeSetsSql, atxEpochSql, datingsOf, summariseSpace } from '../../state/space';
import type { DatabaseInfo, PlanStep } from '../../state/types';
import { expose, transfer } from '../rpc';

function fileSource(file: File): SyncSource {
  const reader = new FileReaderSync();
  return {
    sizeBytes: file.size,
    read: (offset, length) => {
      const bytes = new Uint8Array(reader.readAsArrayBuffer(file.slice(offset, offset + length)));
      if (bytes.length !== length)
        throw new DOMException('The file is shorter than it was.', 'NotReadableError');
      return bytes;
    },
  };
}

const engineFile = (file: File): EngineFile => ({
  name: file.name,
  source: fileSource(file),
  modifiedMs: file.lastModified,
});

function mainFile(file: File, helper: ReaderThread | undefined): EngineFile {
  const plain = engineFile(file);
  return helper ? { ...plain, blocks: readThrough(helper, file, plain.source) } : plain;
}

class StateWorker implements StateWorkerApi {
  #sql: Promise<Sql> | undefined;
  #helper: ReaderThread | undefined;
  #engine: Engine | undefined;
  #cursor: Cursor | undefined;
  #exporter: Exporter | undefined;
  #space: SpaceScan | undefined;
  #byEpoch = false;
  #comparison: { run: ComparisonRun; other: Engine } | undefined;

  async prepare(module: WebAssembly.Module): Promise<void> {
    this.#sql = loadSql({ module, init: initSqlJs });
    // Without byte streams the helper could not read: WebKit.
    if (hasSharedMemory() && hasByteStreams()) this.#helper = startReaderThread();
    await this.#sql;
  }

  async open(
    request: OpenRequest,
  ): Promise<{ info: DatabaseInfo; walIndex: WalIndex | undefined }> {
    this.#engine = await this.#openEngine(request, this.#helper);
    return { info: this.#engine.info, walIndex: this.#engine.walIndex };
  }

  start(
    { sql, params, unsigned }: Parameters<StateWorkerApi['start']>[0],
    maxRows: number,
    maxMs: number,
  ): Fetched & { columns: readonly string[] } {
    this.stop();
    const cursor = this.#open.cursor(sql, params, unsigned);
    this.#cursor = cursor;
    return { columns: cursor.columns, ...this.next(maxRows, maxMs) };
  }

  next(maxRows: number, maxMs: number): Fetched {
    const cursor = this.#cursor;
    if (!cursor)
      throw new WorkbenchError('query-not-running', 'The query has ended. Run it again.');
    const batch = this.#orStop(() => cursor.next(maxRows, maxMs));
    return transfer({ batch, done: cursor.done }, packedBuffers(batch));
  }

  stop(): void {
    this.#cursor?.close();
    this.#cursor = undefined;
    this.#exporter = undefined;
  }

  plan(sql: string): PlanStep[] {
    return this.#open.plan(sql);
  }

  startExport(request: ExportRequest): void {
    this.stop();
    const cursor = this.#open.cursor(request.sql, request.params, request.unsigned);
    this.#cursor = cursor;
    this.#exporter = new Exporter(cursor, request);
  }

  nextExport(): ExportChunk | undefined {
    const exporter = this.#exporter;
    if (!exporter)
      throw new WorkbenchError('query-not-running', 'The export has ended. Run it again.');
    const chunk = this.#orStop(() => exporter.next());
    return chunk && transfer(chunk, [chunk.bytes.buffer]);
  }

  startSpace({ exact, layersPerEpoch }: SpaceRequest): void {
    const engine = this.#open;
    const { tables } = engine.info;
    const lookUp = (id: Uint8Array): number | undefined => {
      const [epoch] = engine.firstRow(atxEpochSql, [id]) ?? [];
      return typeof epoch === 'number' ? epoch : undefined;
    };
    this.#byEpoch = layersPerEpoch !== undefined;
    this.#space = new SpaceScan(engine.pages, engine.trees(), {
      exact,
      datings: layersPerEpoch === undefined ? [] : datingsOf(tables, layersPerEpoch, lookUp),
    });
  }

  nextSpace(maxMs: number): SpaceStep {
    const scan = this.#space;
    if (!scan)
      throw new WorkbenchError('query-not-running', 'The count has ended. Start it again.');
    // A count that met an error is over: what it has so far is not a part of an answer.
    this.#space = undefined;
    if (!inFile(this.#open.info.name, () => scan.step(maxMs))) {
      this.#space = scan;
      return { ...scan.progress, report: undefined };
    }
    const sets = this.#byEpoch ? this.#activeSets() : [];
    return { ...scan.progress, report: summariseSpace(scan.result, sets) };
  }

  #activeSets(): { epoch: number; rows: number; bytes: number }[] {
    const engine = this.#open;
    if (missingFrom(engine.info.tables, ['activesets.epoch']).length > 0) return [];
    const cursor = engine.cursor(activeSetsSql);
    const sets: { epoch: number; rows: number; bytes: number }[] = [];
    for (let row = cursor.nextRow(); row; row = cursor.nextRow())
      sets.push({ epoch: Number(row[0]), rows: Number(row[1]), bytes: Number(row[2]) });
    return sets;
  }

  statistics(): Engine['statistics'] {
    return this.#open.statistics;
  }

  async startCompare(other: OpenRequest): Promise<readonly string[]> {
    const here = this.#open;
    this.#endComparison();
    // The thread that reads ahead serves one file.
    const engine = await this.#openEngine(other, undefined);
    this.#comparison = { run: new ComparisonRun(here, engine), other: engine };
    return engine.info.warnings;
  }

  nextCompare(maxMs: number): CompareProgress & { result: DatabaseComparison | undefined } {
    const { run } = this.#comparison ?? {};
    if (!run)
      throw new WorkbenchError('query-not-running', 'The comparison has ended. Start it again.');
    try {
      const step = run.step(maxMs);
      if (step.result) this.#endComparison();
      return step;
    } catch (error) {
      this.#endComparison();
      throw error;
    }
  }

  #endComparison(): void {
    this.#comparison?.other.close();
    this.#comparison = undefined;
  }

  async #openEngine(request: OpenRequest, helper: ReaderThread | undefined): Promise<Engine> {
    if (!this.#sql) throw new WorkbenchError('database-not-open', 'SQLite was not started.');
    const { main, wal, shm, cancelFlag } = request;
    return new Engine(
      await this.#sql,
      {
        main: mainFile(main, helper),
        wal: wal && engineFile(wal),
        shm: shm && engineFile(shm),
      },
      {
        cacheBytes: request.cacheBytes,
        complete: request.complete,
        walIndex: request.walIndex,
        nowMs: Date.now(),
        ...(cancelFlag && { isCancelled: () => Atomics.load(cancelFlag, 0) !== 0 }),
      },
    );
  }

  get #open(): Engine {
    if (!this.#engine) throw new WorkbenchError('database-not-open', 'No database is open.');
    return this.#engine;
  }

  #orStop<R>(run: () => R): R {
    try {
      return run();
    } catch (error) {
      this.stop();
      throw error;
    }
  }
}

expose(new StateWorker());
