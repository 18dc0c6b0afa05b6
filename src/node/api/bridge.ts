/**
 * What the app's own bridge leads to (src/server/bridge.ts): the nodes, post-services and k2pow services that were named
 * to `npm start`. It is below the app's own address, so that every page may ask it, the strict ones too.
 */
import { WorkbenchError } from '../../base/error';
import { isRecord } from '../../base/record';
import { limits, readJsonResponse } from '../../base/read-file';

/** One target, with the address below which this page reaches it. */
export interface Bridged {
  /** As named on the command line, or its first address. */
  readonly name: string;
  readonly base: string;
}

export interface BridgedNode extends Bridged {
  /** "public 127.0.0.1:9092" */
  readonly listeners: readonly string[];
}

export interface BridgeOffer {
  readonly nodes: readonly BridgedNode[];
  readonly postServices: readonly Bridged[];
  readonly powServices: readonly Bridged[];
}

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];

/**
 * Asks for the list.
 * @param base the bridge's address, without a slash at the end: "http://localhost:4173/bridge"
 * @throws WorkbenchError `bridge-none` where none answers; AbortError
 */
export async function askBridge(base: string, signal?: AbortSignal): Promise<BridgeOffer> {
  try {
    const response = await fetch(`${base}/`, {
      signal: signal ?? null,
      cache: 'no-store',
      redirect: 'error',
    });
    const list = await readJsonResponse(response, { ...limits.answer, name: base });
    if (response.ok && isRecord(list) && Array.isArray(list.nodes)) return readOffer(base, list);
  } catch {
    // No bridge, or a host that answers every address with a page.
    signal?.throwIfAborted();
  }
  throw new WorkbenchError(
    'bridge-none',
    'No bridge runs beside this page. Start the workbench with the nodes that it is to reach: npm start -- --node 127.0.0.1:9092,127.0.0.1:9093',
    { base },
  );
}

function readOffer(base: string, list: Readonly<Record<string, unknown>>): BridgeOffer {
  const nodes = (list.nodes as unknown[]).filter(isRecord).map((node, i): BridgedNode => {
    const listeners = ['public', 'private', 'post'].flatMap((role) =>
      typeof node[role] === 'string' ? [`${role} ${node[role]}`] : [],
    );
    const name = typeof node.name === 'string' ? node.name : listeners[0]?.split(' ')[1];
    return { name: name ?? `node ${i}`, base: `${base}/${i}`, listeners };
  });
  const services = (kind: string, addresses: unknown): Bridged[] =>
    texts(addresses).map((address, i) => ({
      name: address.replace(/^https?:\/\//, ''),
      base: `${base}/${kind}/${i}`,
    }));
  return {
    nodes,
    postServices: services('post-service', list.postServices),
    powServices: services('k2pow', list.powServices),
  };
}
