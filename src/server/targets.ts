/** What the bridge proxies to, read from the command line of `npm start` or of `node scripts/bridge.mjs`. */
import { WorkbenchError } from '../base/error.ts';

/** The listeners of a node (go-spacemesh api/grpcserver/config.go). */
const roles = ['public', 'private', 'post'] as const;
export type Role = (typeof roles)[number];

/** "host:port" of each listener that was named. */
export type NodeAddresses = { readonly name?: string } & { readonly [role in Role]?: string };

export interface BridgeTargets {
  readonly nodes: readonly NodeAddresses[];
  /** Base addresses: "http://127.0.0.1:50051" */
  readonly postServices?: readonly string[];
  readonly powServices?: readonly string[];
}

export interface BridgeArguments extends Required<BridgeTargets> {
  /** Origin of the pages that may ask; undefined below the app's own server. */
  readonly origin: string | undefined;
  readonly port: number;
}

/** Options that name a target. @public read by scripts/start.mjs */
export const targetOptions: readonly string[] = ['--node', '--post-service', '--k2pow'];

const usage: Readonly<Record<string, string>> = {
  '--node': '[NAME=]PUBLIC[,PRIVATE[,POST]], each of them host:port with a port from 1 to 65535',
  '--post-service': 'host:port, or an address such as http://10.0.0.7:50051',
  '--k2pow': 'host:port, or an address such as http://10.0.0.7:3000',
  '--origin': 'the address of the pages that may ask, such as https://its.address',
  '--bridge-port': 'a port from 1 to 65535',
};

const refuse = (option: string, value: string): never => {
  throw new WorkbenchError(
    'bridge-argument',
    `${option} does not accept “${value}”. It takes ${usage[option] ?? 'nothing'}.`,
    { option, value },
  );
};

const readPort = (text: string): number | undefined => {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
};

const isListener = (text: string): boolean => {
  const port = /^(?:[\w.-]+|\[[0-9a-f:]+\]):(\d+)$/i.exec(text)?.[1];
  return port !== undefined && readPort(port) !== undefined;
};

/** An http address, without a slash at its end. */
function readBase(option: string, value: string): string {
  const text = isListener(value) ? `http://${value}` : value;
  const url = URL.canParse(text) ? new URL(text) : refuse(option, value);
  const isPlain = /^https?:$/.test(url.protocol) && url.port !== '0';
  if (!isPlain || url.username || url.password || url.search || url.hash) refuse(option, value);
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

function readNode(value: string): NodeAddresses {
  const [, name, list = ''] = /^(?:([^=,]{1,40})=)?(.*)$/s.exec(value) ?? [];
  const addresses = list.split(',');
  const isUsable = addresses.every((address) => address === '' || isListener(address));
  if (addresses.length > roles.length || !isUsable || !addresses.some(Boolean))
    refuse('--node', value);
  const named = roles.flatMap((role, i) => (addresses[i] ? [[role, addresses[i]] as const] : []));
  return { ...(name === undefined ? {} : { name }), ...Object.fromEntries(named) };
}

function readOrigin(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : refuse('--origin', value);
  return /^https?:$/.test(url.protocol) ? url.origin : refuse('--origin', value);
}

/** @throws WorkbenchError `bridge-argument` */
export function readArguments(words: readonly string[]): BridgeArguments {
  let origin: string | undefined;
  let port = 4174;
  const nodes: NodeAddresses[] = [];
  const postServices: string[] = [];
  const powServices: string[] = [];
  for (let i = 0; i < words.length; i += 2) {
    const [option = '', value = ''] = [words[i], words[i + 1]];
    if (option === '--origin') origin = readOrigin(value);
    else if (option === '--bridge-port') port = readPort(value) ?? refuse(option, value);
    else if (option === '--node') nodes.push(readNode(value));
    else if (option === '--post-service') postServices.push(readBase(option, value));
    else if (option === '--k2pow') powServices.push(readBase(option, value));
    else
      throw new WorkbenchError(
        'bridge-argument',
        `There is no option ${option}. Use ${Object.keys(usage).join(', ')}.`,
        { option },
      );
  }
  return { origin, port, nodes, postServices, powServices };
}
