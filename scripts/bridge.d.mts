import type { Server } from 'node:http';

export interface NodeAddresses {
  readonly public?: string;
  readonly private?: string;
  readonly post?: string;
}

export interface BridgeOptions {
  readonly origin: string;
  readonly nodes: readonly NodeAddresses[];
  readonly postServices?: readonly string[];
}

export function createBridge(options: BridgeOptions): Server;
export function readArguments(
  words: readonly string[],
): Required<BridgeOptions> & { readonly port: number };
