/** The nodes and post-services of a farm: how many, what they take, and how each is started. */
import type { FarmPlan } from './farm-plan';
import { whole } from '../inputs';

export interface ServiceInput {
  readonly identities: number;
  /** Memory of one node, and of one post-service without k2pow; estimates of ours, to be measured. */
  readonly nodeBytes?: number | undefined;
  readonly serviceBytes?: number | undefined;
  /** The size of state.sql and its neighbours, kept once per node. */
  readonly nodeDiskBytes?: number | undefined;
  /** RandomX with its 2 GiB data set (fast) or without (light). */
  readonly randomX?: 'fast' | 'light' | undefined;
  /** Proofs that are made at the same time. */
  readonly provingAtOnce?: number | undefined;
  /** Machines that hold the data; 1 when absent. */
  readonly machines?: number | undefined;
}

export interface ServiceOption {
  readonly kind: 'one-node' | 'many-nodes' | 'node-a-machine';
  readonly nodes: number;
  readonly postServices: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
}

/** RandomX memory: specs.md §4: a cache of 256 MiB, a data set of 2080 MiB. */
const randomXBytes = { light: 256 * 2 ** 20, fast: (2080 + 256) * 2 ** 20 } as const;

/** One node with a post-service per identity (1:N), compared with a node per identity and a node per machine. */
export function serviceOptions(input: ServiceInput): readonly ServiceOption[] {
  const identities = whole(input.identities, 'identities', 1, 1_000_000);
  const { nodeBytes = 4 * 2 ** 30, serviceBytes = 256 * 2 ** 20, nodeDiskBytes = 100e9 } = input;
  const atOnce = Math.min(
    identities,
    whole(input.provingAtOnce ?? identities, 'provingAtOnce', 1, 1_000_000),
  );
  const machines = whole(input.machines ?? 1, 'machines', 1, 100_000);
  const proving = identities * serviceBytes + atOnce * randomXBytes[input.randomX ?? 'fast'];
  const option = (kind: ServiceOption['kind'], nodes: number): ServiceOption => ({
    kind,
    nodes,
    postServices: identities,
    memoryBytes: nodes * nodeBytes + proving,
    diskBytes: nodes * nodeDiskBytes,
  });
  return [
    option('one-node', 1),
    option('many-nodes', identities),
    ...(machines > 1 && machines < identities ? [option('node-a-machine', machines)] : []),
  ];
}

/** What to run: one post-service per identity. Flags: post-rs service/src/main.rs. */
export interface ServiceScript {
  readonly machine: string;
  readonly text: string;
}

/**
 * The post-services of every machine (1:N), in the order of the plan: those of one drive one after another, those of
 * different drives at the same time. Paths and the node's address are to be filled in.
 */
export function serviceScripts({
  machines,
  drives,
  identities,
}: Pick<FarmPlan, 'machines' | 'drives' | 'identities'>): ServiceScript[] {
  const plain = (text: string): string => text.replaceAll(/[^\w./-]+/g, '-');
  return machines.flatMap(({ name: machine }): ServiceScript[] => {
    let port = 50_051;
    const lines = drives
      .filter((drive) => drive.machine === machine)
      .flatMap(({ name }) => {
        const own = identities.filter(({ drive }) => drive === name);
        return own.length === 0
          ? []
          : [
              `# ${name.replaceAll(/[\r\n]+/g, ' ')}: one of these at a time, in this order`,
              ...own.map(
                (identity) =>
                  `service --address http://NODE:9094 --dir /PATH/OF/${plain(identity.name)} --nonces ${identity.nonces} --threads ${identity.threads} --operator-address 127.0.0.1:${port++}`,
              ),
            ];
      });
    return lines.length === 0 ? [] : [{ machine, text: `${lines.join('\n')}\n` }];
  });
}
