// The areas whose mistakes no reader would notice, and the tests that judge them: no heavy kernel, no database.

/** @type {Record<string, { readonly mutate: readonly string[]; readonly tests: readonly string[] }>} */
export const areas = {
  // By itself: a mutated parser often never ends, and an area's tests together say how long to wait for that.
  json: {
    mutate: ['src/base/json.ts'],
    tests: ['test/unit/base/json.test.ts'],
  },
  protocol: {
    mutate: ['src/protocol/**/*.ts', 'src/base/{bytes,counted,shell,text}.ts'],
    tests: [
      'test/unit/protocol/**/*.test.ts',
      'test/unit/base/{counted,shell,text}.test.ts',
      'test/unit/identity/{keys,moving}.test.ts',
      'test/unit/simulate/plan.test.ts',
      'test/property/protocol.test.ts',
      'test/vectors/{aes,atx,difficulty,indices,issuance,k2pow-input,metadata,rng}.test.ts',
    ],
  },
  chance: {
    mutate: [
      'src/simulate/probability/{passes,distributions,candidates,random}.ts',
      'src/simulate/inputs.ts',
      'src/simulate/rewards/rewards.ts',
    ],
    tests: [
      'test/unit/simulate/{probability/*,inputs,rewards/rewards}.test.ts',
      'test/vectors/simulation.test.ts',
    ],
  },
  // What is bought, and what it costs.
  hardware: {
    mutate: [
      'src/simulate/farm/{cloud,drives,farm*,estimate,fleet,frontier,gpus,manifests,packing,services}.ts',
    ],
    tests: [
      'test/unit/simulate/farm/{cloud,drives,estimate,farm,fleet,manifests,packing,services}.test.ts',
      'test/property/simulate.test.ts',
    ],
  },
  // How long it takes, and what then fits.
  pace: {
    mutate: [
      'src/simulate/proving/{calendar,advice,montecarlo,native,newpost,throughput}.ts',
      'src/simulate/farm/{epoch*,resize}.ts',
    ],
    tests: ['test/unit/simulate/{proving/*,farm/{epoch,resize}}.test.ts'],
  },
  network: {
    mutate: ['src/simulate/network/*.ts'],
    tests: ['test/unit/simulate/network/*.test.ts'],
  },
  state: {
    mutate: [
      'src/state/engine/{wal,btree,pages,tree-scans,inner-page}.ts',
      'src/state/sql-text.ts',
    ],
    // No database is opened: pages and logs are written by the tests.
    tests: ['test/unit/state/{engine/{wal,pages,btree,scan-ahead},sql-text}.test.ts'],
  },
  node: {
    mutate: [
      'src/node/{config/{config,checks,together,values},api/{events,grpc,grpc-values},metrics/{metrics,prometheus}}.ts',
    ],
    tests: [
      'test/unit/node/config/{config,config-checks}.test.ts',
      'test/unit/node/api/{event-details,grpc,grpc-details,view}.test.ts',
      'test/unit/node/metrics/metrics-details.test.ts',
    ],
  },
  // Apart from each other: every line of a log goes through both.
  lines: { mutate: ['src/node/log/lines.ts'], tests: ['test/unit/node/log/lines.test.ts'] },
  logs: {
    mutate: ['src/node/log/{file,blocks,tally}.ts'],
    tests: ['test/unit/node/log/search.test.ts'],
  },
};

/** The area that AREA names, or all: Stryker and Vitest read their configs in processes of their own. */
export function chosenArea() {
  const name = process.env.AREA ?? 'all';
  const chosen = name === 'all' ? Object.values(areas) : [areas[name]];
  return {
    name,
    mutate: chosen.flatMap((area) => area?.mutate ?? []),
    tests: chosen.flatMap((area) => area?.tests ?? []),
  };
}
