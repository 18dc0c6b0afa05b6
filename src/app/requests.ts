/* eslint max-lines: off -- a table of data */
/** What each method of `window.workbench` takes, as readers of its arguments (./arguments). */
import { isRecord } from '../base/record';
import {
  abortSignal,
  blob,
  bytes,
  callback,
  choice,
  each,
  either,
  flag,
  having,
  invalidArgument,
  list,
  number,
  numbers,
  numeral,
  optional,
  position,
  recordOf,
  shape,
  text,
  type Reader,
} from './arguments';

const isText = (value: unknown): boolean => typeof value === 'string';
const isBytes = (value: unknown): boolean => isText(value) || value instanceof Uint8Array;

/** Beside any request, or in it. */
export const jobOptions = shape({
  signal: optional(abortSignal),
  onProgress: optional(callback),
  onReport: optional(callback),
  onFileComplete: optional(callback),
});

/** Each is a worker with memory of its own: what no machine has is a mistake. */
const mostThreads = 1024;
const threadCount: Reader<number> = (value, name) => {
  const threads = number(value, name);
  if (Number.isInteger(threads) && threads >= 1 && threads <= mostThreads) return threads;
  throw invalidArgument(name, `a whole number from 1 to ${mostThreads}`, value);
};

const backend = choice('auto', 'cpu', 'gpu');
const engine = {
  backend: optional(choice('auto', 'cpu', 'gpu', 'both')),
  threads: optional(threadCount),
};
const scryptN = { scryptN: optional(number) };
const fileRange = { fromFile: optional(number), toFile: optional(number) };

const identity: Reader = (value, name) =>
  isRecord(value) && value['commitment'] !== undefined
    ? shape({ commitment: bytes })(value, name)
    : shape({ nodeId: bytes, commitmentAtxId: bytes })(value, name);

/** A plain argument by its name. */
const named =
  <T>(name: string, read: Reader<T>): Reader<T> =>
  (value) =>
    read(value, name);

/** Two readers over one object. */
const both =
  (first: Reader, second: Reader): Reader =>
  (value, name) =>
    second(first(value, name), name);

/** A PoST directory as `post.openDirectory` gives it. */
export const directory = having('a directory from post.openDirectory', 'files', 'metadata');

export const files = each('files: a FileList or a list of File objects', blob);

const placedFile: Reader = either(
  'a File',
  [(value) => value instanceof Blob, blob],
  [isRecord, shape({ path: text, file: blob })],
);
const isHandle = (value: unknown): boolean =>
  typeof FileSystemDirectoryHandle === 'function' && value instanceof FileSystemDirectoryHandle;
export const directorySource: Reader = either(
  'a folder (FileSystemDirectoryHandle) or a list of File objects',
  [isHandle, (value) => value],
  [() => true, each('a folder (FileSystemDirectoryHandle) or a list of File objects', placedFile)],
);

export const labels = both(
  identity,
  shape({ ...engine, ...scryptN, start: position, count: number, full: optional(flag) }),
);
export const findNonce = both(
  identity,
  shape({ ...engine, ...scryptN, start: position, count: position, difficulty: optional(bytes) }),
);
const target: Reader = (value, name) =>
  isRecord(value) && value['sink'] !== undefined
    ? shape({ sink: having('an object that stores files', 'write', 'entries', 'flush') })(
        value,
        name,
      )
    : shape({
        directory: having('a folder (FileSystemDirectoryHandle)', 'getFileHandle'),
      })(value, name);
export const initialize = both(
  target,
  shape({
    ...engine,
    ...scryptN,
    ...fileRange,
    nodeId: bytes,
    commitmentAtxId: bytes,
    numUnits: number,
    labelsPerUnit: optional(position),
    maxFileSize: optional(position),
    anyFileSize: optional(flag),
  }),
);
export const prove = shape({
  challenge: bytes,
  k1: number,
  k2: number,
  powDifficulty: bytes,
  nonces: number,
  backend: optional(backend),
  threads: optional(threadCount),
  scanOnly: optional(flag),
  findPow: optional(callback),
  firstPass: optional(number),
  resume: optional(shape({})),
});
const proof: Reader = either(
  'a proof: its JSON, hex or base64, or its fields nonce, indices and pow',
  [isText, text],
  [isRecord, shape({ nonce: numeral, indices: bytes, pow: numeral })],
);
const mode: Reader = either(
  "'all', { one: position } or { subset: count, seed }",
  [isText, choice('all')],
  [(value) => isRecord(value) && 'one' in value, shape({ one: number })],
  [(value) => isRecord(value) && 'subset' in value, shape({ subset: number, seed: bytes })],
);
export const verify = shape({
  ...scryptN,
  proof,
  directory: optional(directory),
  nodeId: optional(bytes),
  commitmentAtxId: optional(bytes),
  numUnits: optional(number),
  labelsPerUnit: optional(position),
  challenge: bytes,
  k1: number,
  k2: number,
  powDifficulty: bytes,
  threads: optional(threadCount),
  minNumUnits: optional(number),
  maxNumUnits: optional(number),
  mode: optional(mode),
});
export const verifyData = shape({
  ...engine,
  ...scryptN,
  ...fileRange,
  fraction: optional(number),
});
export const findNonceInData = shape({
  ...engine,
  ...scryptN,
  ...fileRange,
  difficulty: optional(bytes),
});
const randomX = {
  threads: optional(threadCount),
  mode: optional(choice('light', 'fast')),
  key: optional(bytes),
};
export const k2pow = shape({
  ...randomX,
  challenge: bytes,
  nonceGroup: number,
  nodeId: bytes,
  difficulty: bytes,
  startNonce: optional(position),
  maxHashes: optional(number),
});

export const profilePow = shape({
  ...randomX,
  iterations: optional(number),
  nonces: optional(number),
  numUnits: optional(number),
  difficulty: optional(bytes),
});
export const profileLabels = shape({ ...engine, ...scryptN, durationS: optional(number) });
export const profileProving = shape({
  backend: optional(backend),
  threads: optional(threadCount),
  nonces: optional(number),
  durationS: optional(number),
  dataSizeGiB: optional(number),
});
export const profileRead = shape({
  durationS: optional(number),
  streams: optional(number),
  starts: optional(list(number)),
});
export const profileTarget: Reader = either(
  'a File, or a directory from post.openDirectory',
  [(value) => value instanceof Blob, blob],
  [isRecord, shape({ files: list(shape({ file: blob })) })],
);

export const openOptions = shape({
  signal: optional(abortSignal),
  cacheBytes: optional(number),
  complete: optional(flag),
});
/** Values are checked where they are bound: their names are known there. */
export const sqlParams: Reader = either(
  'a list of values, or an object of them by name',
  [Array.isArray, list((value) => value)],
  [isRecord, shape({})],
);
export const queryOptions = shape({
  maxRows: optional(number),
  maxBytes: optional(number),
  signal: optional(abortSignal),
  unsigned: optional(list(text)),
  lane: optional(choice('foreground', 'background')),
});
/** One id or a list of them. */
const ids: Reader = either(
  'an id or a list of ids',
  [isBytes, bytes],
  [Array.isArray, list(bytes)],
);
export const rewardFilter = shape({
  smesher: optional(ids),
  coinbase: optional(ids),
  fromLayer: optional(number),
  toLayer: optional(number),
});
export const fleetIds = ids;
export const luck = shape({
  smesher: optional(ids),
  ids: optional(list(bytes)),
  fromEpoch: optional(number),
  toEpoch: optional(number),
  rules: optional(
    shape({
      layersPerEpoch: optional(number),
      committeeSize: optional(number),
      minWeight: optional(position),
    }),
  ),
});

const eligibilityRules = shape({
  layersPerEpoch: number,
  committeeSize: number,
  minWeight: position,
});
const network = optional(
  shape({
    name: text,
    post: shape({
      labelsPerUnit: position,
      minNumUnits: number,
      maxNumUnits: number,
      k1: number,
      k2: number,
      k3: number,
      powDifficulty: bytes,
      scryptN: number,
    }),
    tickSize: position,
    genesisId: optional(bytes),
    goldenAtx: optional(bytes),
    eligibility: optional(eligibilityRules),
  }),
);
const auditEngine = {
  backend: engine.backend,
  threads: engine.threads,
  randomx: optional(choice('light', 'fast')),
};
const indices = optional(either('a mode', [(value) => value === 'none', text], [() => true, mode]));
const chosen: Reader = either(
  "'all', { atxs }, { smesher } or { publishEpoch }",
  [isText, choice('all')],
  [(value) => isRecord(value) && 'atxs' in value, shape({ atxs: ids })],
  [(value) => isRecord(value) && 'smesher' in value, shape({ smesher: ids })],
  [(value) => isRecord(value) && 'publishEpoch' in value, shape({ publishEpoch: number })],
);
export const auditRun = shape({
  ...auditEngine,
  network,
  indices,
  of: chosen,
  sample: optional(shape({ size: number, seed: text })),
  shard: optional(shape({ number, total: number })),
});
export const auditAtx = shape({ ...auditEngine, network, indices });
export const auditOther = shape({ network });
export const layerRange = shape({ network, fromLayer: number, toLayer: number });
export const blobKind = choice('atx', 'ballot', 'block', 'malfeasance', 'poet');
export const treeOptions = shape({ hrp: optional(text) });

const pass = {
  nonces: number,
  k1: optional(number),
  k2: optional(number),
  numLabels: optional(number),
};
const measurement = shape({ nonces: number, threads: number, bytesPerS: number });
const times = { gapS: optional(number), marginS: optional(number), speedError: optional(number) };
const rules = {
  k1: optional(number),
  k2: optional(number),
  labelsPerUnit: optional(number),
  powDifficulty: optional(text),
};
const scanSpeed: Reader = either(
  '{ bytesPerSPerThread } or { measured }',
  [(value) => isRecord(value) && 'measured' in value, shape({ measured: list(measurement) })],
  [isRecord, shape({ bytesPerSPerThread: number })],
);
const proving = {
  ...times,
  ...rules,
  numUnits: number,
  nonces: number,
  threads: number,
  diskBytesPerS: number,
  scan: scanSpeed,
  hashesPerS: number,
};
const machine = shape({
  name: text,
  threads: number,
  scanBytesPerSPerThread: optional(number),
  scan: optional(list(measurement)),
  hashesPerS: number,
  k2powService: optional(text),
});
const drive = {
  name: text,
  machine: text,
  bytesPerS: number,
  controller: optional(text),
};
const plan = {
  ...times,
  ...rules,
  machines: list(machine),
  k2powServices: optional(list(shape({ name: text, hashesPerS: number }))),
  controllers: optional(list(shape({ name: text, bytesPerS: number }))),
  retry: optional(choice('immediately', 'after-all')),
  overlapK2pow: optional(flag),
  publishS: optional(number),
  poetProofS: optional(number),
};

/** The arguments of each model. */
export const models = {
  passSuccess: [shape(pass)],
  finishFraction: [shape({ ...pass, fraction: number })],
  k2powHashes: [shape({ numUnits: number, nonces: number, powDifficulty: optional(text) })],
  issuance: [named('layersAfterEffectiveGenesis', number)],
  eligibleSlots: [
    shape({
      weight: position,
      minWeight: position,
      totalWeight: position,
      committeeSize: number,
      layersPerEpoch: number,
    }),
  ],
  provingPlan: [shape(proving)],
  advice: [
    shape({
      ...times,
      scan: list(measurement),
      threads: number,
      diskBytesPerS: optional(number),
      hashesPerS: optional(number),
      numUnits: optional(number),
      probability: optional(number),
      prices: optional(shape({ lostEpoch: number, threadHour: number })),
      scanIsNative: optional(flag),
      spread: optional(number),
    }),
  ],
  farm: [
    shape({
      ...plan,
      drives: list(shape({ ...drive, bytes: number })),
      identities: optional(list(shape({ name: text, numUnits: number, drive: optional(text) }))),
      objective: optional(choice('weight', 'all')),
      probability: optional(number),
      prices: optional(shape({ unitEpoch: number, threadHour: number, identityEpoch: number })),
      reserve: optional(number),
      minUnitsPerIdentity: optional(number),
      maxUnitsPerIdentity: optional(number),
      seed: optional(number),
    }),
  ],
  epoch: [
    shape({
      ...plan,
      late: optional(flag),
      drives: list(shape({ ...drive, bytes: optional(number) })),
      identities: list(
        shape({
          name: text,
          drive: text,
          numUnits: number,
          nonces: number,
          threads: number,
          cadence: optional(choice('every-epoch', 'even-epochs', 'odd-epochs')),
        }),
      ),
    }),
    optional(shape({ seed: optional(number), epochs: optional(number) })),
  ],
  fleet: [
    shape({
      ...proving,
      speedError: (value: unknown) => value,
      identities: number,
      drives: number,
      pricePerThreadH: optional(number),
      wantedShare: optional(number),
    }),
  ],
  cloud: [
    shape({
      numUnits: number,
      machines: list(
        shape({
          name: text,
          labelsPerS: number,
          pricePerH: number,
          uploadBytesPerS: optional(number),
        }),
      ),
      downloadBytesPerS: number,
      egressPerGB: number,
      labelsPerUnit: optional(number),
      maxFileSizeBytes: optional(number),
      setupS: optional(number),
      diskPerGBMonth: optional(number),
      removeVerified: optional(flag),
      spareDisk: optional(number),
    }),
  ],
  network: [
    shape({
      epochs: number,
      seed: optional(number),
      firstEpoch: optional(number),
      measures: optional(
        shape({
          merge: optional(
            shape({
              fromEpoch: number,
              adoption: recordOf(number),
              overEpochs: optional(number),
            }),
          ),
          newPost: optional(shape({ fromEpoch: number, rules: optional(shape({})) })),
          everyOtherEpoch: optional(shape({ fromEpoch: number, untilEpoch: optional(number) })),
          minimum: optional(shape({ fromEpoch: number, units: number })),
          noGuarantee: optional(
            shape({ fromEpoch: number, below: optional(choice('none', 'lottery')) }),
          ),
        }),
      ),
      assumptions: optional(recordOf(number)),
      identities: optional(
        shape({
          units: numbers,
          owners: optional(numbers),
          counts: optional(numbers),
          marriedFor: optional(numbers),
          semiUnits: optional(number),
          industrialUnits: optional(number),
        }),
      ),
    }),
  ],
} as const satisfies Readonly<Record<string, readonly Reader[]>>;
