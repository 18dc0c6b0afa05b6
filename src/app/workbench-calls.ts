/** How the calls of `window.workbench` read their arguments, and which database they are about. */
import type { BytesLike } from '../base/bytes';
import { WorkbenchError } from '../base/error';
import type { JobOptions } from '../base/progress';
import { session } from '../pages/shared/session.svelte';
import type { Database } from '../state/database';
import { bytes, optional, type Given, type Reader } from './arguments';
import * as requests from './requests';

/** A call whose options may be in the request itself or beside it. */
type Job<Request, Result, P> = (
  request: Given<Request> & JobOptions<P>,
  options?: JobOptions<P>,
) => Promise<Result>;

/**
 * What a script gave, checked: scripts are not compiled, so anything may come.
 * @throws WorkbenchError `invalid-argument`
 */
export const read = <T>(reader: Reader, value: T, name = ''): T => reader(value, name) as T;

/** A request and its options, which may be in it or beside it. @throws WorkbenchError `invalid-argument` */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the reader gives it
export function readJob<Request extends object, Options>(
  reader: Reader,
  given: unknown,
  beside: Options | undefined,
): { request: Request; options: Options } {
  const { signal, onProgress, onReport, onFileComplete, ...request } = requests.jobOptions(
    given,
    '',
  );
  const options = { signal, onProgress, onReport, onFileComplete };
  return {
    request: reader(request, '') as Request,
    options: { ...options, ...optional(requests.jobOptions)(beside, 'options') } as Options,
  };
}

export const job =
  <Request extends object, Result, P>(
    reader: Reader,
    run: (request: Request, options: JobOptions<P>) => Promise<Result>,
  ): Job<Request, Result, P> =>
  async (given, beside) => {
    const { request, options } = readJob<Request, JobOptions<P>>(reader, given, beside);
    return run(request, options);
  };

/** A plain function that is called with its arguments as the readers give them. */
export const model =
  <Values extends readonly unknown[], Result>(
    readers: readonly Reader[],
    run: (...values: Values) => Result,
  ): ((...values: Values) => Result) =>
  (...values) => {
    const checked = readers.map((reader, i) => reader(values[i], i === 0 ? '' : 'options'));
    return run(...(checked as unknown as Values));
  };

/** The open database. @throws WorkbenchError `database-not-open` */
export function database(): Database {
  if (session.database) return session.database;
  throw new WorkbenchError(
    'database-not-open',
    'No database is open. Call workbench.state.open(files), or drop state.sql on the page.',
  );
}

export const ids = () => import('../state/queries/find-id');
/** An id in any form, or the beginning of one. */
export const resolve = async (
  value: BytesLike,
  kind: 'smesher' | 'atx',
  name: string = kind,
): Promise<BytesLike> => {
  const id = read(bytes, value, name);
  return (await ids()).resolveBytes(database(), id, kind);
};
