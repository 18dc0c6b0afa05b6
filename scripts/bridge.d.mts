import type { IncomingMessage, Server, ServerResponse } from 'node:http';

export interface NodeAddresses {
  readonly name?: string;
  readonly public?: string;
  readonly private?: string;
  readonly post?: string;
}

export interface BridgeTargets {
  readonly nodes: readonly NodeAddresses[];
  /** Base addresses: "http://127.0.0.1:50051" */
  readonly postServices?: readonly string[];
  readonly powServices?: readonly string[];
}

export function sameOriginBridge(
  targets: BridgeTargets,
): (request: IncomingMessage, response: ServerResponse) => void;
export function createBridge(options: BridgeTargets & { readonly origin: string }): Server;
export const targetOptions: readonly string[];
export function readArguments(words: readonly string[]): Required<BridgeTargets> & {
  readonly origin: string | undefined;
  readonly port: number;
};
