/** A node's config file: JSON, whose keys count in any case, as viper has it (go-spacemesh config/config.go). */
import { WorkbenchError } from '../base/error';
import { jsonError, parseJson, unsignedInteger, type JsonNode } from '../base/json';
import { networkParameters, type NetworkParameters } from './parameters';

type JsonObject = Extract<JsonNode, { readonly type: 'object' }>;

/** A config has a few thousand characters; one that was written by hand has fewer. */
const mostCharacters = 128 * 1024;

/**
 * @throws WorkbenchError `config-not-json`, whose message never repeats a line that may hold a password;
 * `config-not-object`, `config-too-large`
 */
export function parseNodeConfig(text: string): JsonObject {
  if (text.length > mostCharacters)
    throw new WorkbenchError(
      'config-too-large',
      `This has ${text.length} characters; a node config has a few thousand, and at most ${mostCharacters} are read. Choose the config.json that the node is started with.`,
      { characters: text.length, mostCharacters },
    );
  const root = parse(text);
  if (root.type === 'object') return root;
  throw new WorkbenchError(
    'config-not-object',
    'A node config is a JSON object: it begins with { and names sections such as "api" and "smeshing".',
  );
}

function parse(text: string): JsonNode {
  try {
    return parseJson(text.replace(/^\uFEFF/, ''), 'The node config');
  } catch (error) {
    if (!(error instanceof WorkbenchError)) throw error;
    const { line, column } = error.details as { line?: number; column?: number };
    if (!/pass|secret|token|authorization/i.test(error.message))
      throw new WorkbenchError('config-not-json', error.message, { line, column });
    throw new WorkbenchError(
      'config-not-json',
      `The config is not valid JSON at line ${line ?? '?'}, column ${column ?? '?'} (not shown: it may hold a password).`,
      { line, column },
    );
  }
}

/** The node at a path given in lower case. Of a duplicate key the last one counts. */
function configNode(root: JsonNode, path: readonly string[]): JsonNode | undefined {
  let node: JsonNode | undefined = root;
  for (const key of path)
    node =
      node?.type === 'object'
        ? node.members.findLast((member) => member.key.toLowerCase() === key)?.value
        : undefined;
  return node;
}

/** The part of a node's config that decides over the PoST data, defaults filled in. */
export interface SmeshingConfig {
  readonly preset: keyof typeof networkParameters;
  /** Without this the node leaves the directory alone (1:N set-ups run their PoST services themselves). */
  readonly start: boolean;
  /** smeshing-opts-datadir */
  readonly dataDir: string | undefined;
  /** main/data-folder: keys, state.sql, local.sql. */
  readonly dataFolder: string | undefined;
  readonly coinbase: string | undefined;
  readonly numUnits: number;
  readonly maxFileSize: bigint;
  readonly network: Pick<NetworkParameters, 'labelsPerUnit' | 'minNumUnits' | 'maxNumUnits'>;
}

/** Go post config/config.go, DefaultInitOpts; the standalone preset sets 1 unit. */
const defaultNumUnits = 2;
const defaultMaxFileSize = 4n << 30n;

/**
 * Reads the smeshing part. Numbers may stand in quotes, as viper takes them.
 * @throws WorkbenchError `config-not-json`, `config-not-object`, or `config-invalid`, with the place
 */
export function readSmeshingConfig(text: string): SmeshingConfig {
  const root = parseNodeConfig(text);
  const failure = (problem: string, node: JsonNode) =>
    jsonError({ code: 'config-invalid', what: 'The node config', problem }, text, node.at);
  const find = (...path: string[]) => configNode(root, path);
  const integer = (bits: 32 | 64, ...path: string[]): bigint | undefined => {
    const node = find(...path);
    if (!node || node.type === 'null') return undefined;
    const { at } = node;
    const value = unsignedInteger(
      node.type === 'string' ? { type: 'number', at, digits: node.value } : node,
      bits,
    );
    if (value === undefined) throw failure(`needs a whole number as “${path.at(-1) ?? ''}”`, node);
    return value;
  };
  const string = (...path: string[]): string | undefined => {
    const node = find(...path);
    return node?.type === 'string' ? node.value : undefined;
  };

  const named = find('preset');
  const preset = named?.type === 'string' && named.value !== '' ? named.value : 'mainnet';
  if (!isPreset(preset))
    throw failure(
      `names the unknown preset “${preset}” (known: ${Object.keys(networkParameters).join(', ')})`,
      named ?? root,
    );
  const network = networkParameters[preset];
  const start = find('smeshing', 'smeshing-start');
  const number = (fallback: number, ...path: string[]) => Number(integer(32, ...path) ?? fallback);
  return {
    preset,
    start: start?.type === 'boolean' ? start.value : preset === 'standalone',
    dataDir: string('smeshing', 'smeshing-opts', 'smeshing-opts-datadir'),
    dataFolder: string('main', 'data-folder'),
    coinbase: string('smeshing', 'smeshing-coinbase'),
    numUnits: number(
      preset === 'standalone' ? 1 : defaultNumUnits,
      ...['smeshing', 'smeshing-opts', 'smeshing-opts-numunits'],
    ),
    maxFileSize:
      integer(64, 'smeshing', 'smeshing-opts', 'smeshing-opts-maxfilesize') ?? defaultMaxFileSize,
    network: {
      labelsPerUnit: integer(64, 'post', 'post-labels-per-unit') ?? network.labelsPerUnit,
      minNumUnits: number(network.minNumUnits, 'post', 'post-min-numunits'),
      maxNumUnits: number(network.maxNumUnits, 'post', 'post-max-numunits'),
    },
  };
}

const isPreset = (name: string): name is keyof typeof networkParameters =>
  Object.hasOwn(networkParameters, name);
