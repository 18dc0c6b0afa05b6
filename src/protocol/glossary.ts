/**
 * The terms of smeshing, each defined once; pages show these definitions and no others.
 * Source: Spacemesh documentation (Learn, Smeshing); go-spacemesh and post-rs for the figures, which are mainnet's.
 */

export interface GlossaryEntry {
  readonly id: string;
  readonly term: string;
  /** Other words under which a search finds it. */
  readonly aliases: readonly string[];
  /** The words by which the pages' own texts use it, in lower case unless a name; plurals included. */
  readonly forms: readonly string[];
  readonly definition: string;
  /** Ids of related entries. */
  readonly related: readonly string[];
}

export const glossary: readonly GlossaryEntry[] = [
  {
    id: 'atx',
    term: 'ATX',
    aliases: ['activation transaction', 'activation'],
    forms: ['ATX', 'ATXs'],
    definition:
      'Activation transaction: what an identity publishes once per epoch to prove its storage. It carries a PoST proof and makes the identity eligible for rewards in the next epoch.',
    related: ['epoch', 'weight', 'smesher'],
  },
  {
    id: 'atx-merge',
    term: 'ATX Merge',
    aliases: ['marriage', 'married identities', 'equivocation set'],
    forms: ['ATX Merge', 'married', 'equivocation set'],
    definition:
      'Publishing one ATX for up to 256 identities together, each with its own PoST. They are married first; married identities are one equivocation set, and all of it is condemned for what one of them does.',
    related: ['atx', 'equivocation'],
  },
  {
    id: 'ballot',
    term: 'Ballot',
    aliases: ['vote'],
    forms: ['ballot', 'ballots'],
    definition:
      'The vote of an identity on the layers before, published in each layer in which it has a slot. Its first ballot of an epoch also names the beacon and the number of its slots.',
    related: ['slot', 'layer', 'beacon'],
  },
  {
    id: 'beacon',
    term: 'Beacon',
    aliases: [],
    forms: ['beacon', 'beacons'],
    definition:
      'A random value of 4 bytes for each epoch, on which the smeshers agree. Together with the VRF nonce of an identity it determines the layers of its slots.',
    related: ['slot', 'vrf-nonce'],
  },
  {
    id: 'coinbase',
    term: 'Coinbase',
    aliases: ['rewards address', 'account'],
    forms: ['coinbase', 'coinbases'],
    definition:
      'The account that receives the rewards of a smesher. It is set in the node’s config, has no connection to the identity’s key, and can be changed at any time.',
    related: ['smidge', 'smesher'],
  },
  {
    id: 'commitment',
    term: 'Commitment',
    aliases: ['commitment ATX', 'CommitmentAtxId'],
    forms: ['commitment', 'commitments', 'CommitmentAtxId'],
    definition:
      'The 32 bytes that every label of an identity is calculated from: the hash of its node ID and of an ATX chosen at initialisation, the commitment ATX. Data made for one commitment are of no use for another.',
    related: ['label', 'atx'],
  },
  {
    id: 'cycle-gap',
    term: 'Cycle gap',
    aliases: ['gap', 'PoET cycle gap'],
    forms: ['cycle gap', 'cycle gaps'],
    definition:
      'The time between the end of one PoET round and the start of the next, 12 hours on mainnet. An identity has to find its PoST proof in it, otherwise it misses the next round.',
    related: ['poet', 'pass'],
  },
  {
    id: 'epoch',
    term: 'Epoch',
    aliases: [],
    forms: ['epoch', 'epochs'],
    definition:
      'A period of 4,032 layers, two weeks on mainnet. An ATX published in one epoch earns rewards in the next.',
    related: ['layer', 'atx'],
  },
  {
    id: 'equivocation',
    term: 'Equivocation',
    aliases: ['malfeasance', 'double signing', 'malicious'],
    forms: ['equivocation', 'malfeasance'],
    definition:
      'Publishing two different ATXs or ballots with one identity where only one is allowed, usually because one key runs on two nodes. The identity is condemned permanently and earns nothing any more.',
    related: ['smesher', 'atx'],
  },
  {
    id: 'k1',
    term: 'K1',
    aliases: ['expected good labels'],
    forms: ['K1'],
    definition:
      'The number of good labels that one nonce is expected to find in one pass over the data: 26 on mainnet. It sets how hard a label is to pass.',
    related: ['k2', 'nonce', 'label'],
  },
  {
    id: 'k2',
    term: 'K2',
    aliases: ['labels in a proof'],
    forms: ['K2'],
    definition:
      'The number of good labels that a proof needs: 37 on mainnet. More than K1, so most nonces fail and several are tried in one pass.',
    related: ['k1', 'k3', 'nonce'],
  },
  {
    id: 'k2pow',
    term: 'k2pow',
    aliases: ['proof of work', 'pow', 'RandomX'],
    forms: ['k2pow'],
    definition:
      'A RandomX proof of work that has to be found before a group of 16 nonces may be used. It takes 4,687.5 hashes per group and SU on average, so that trying many nonces is not free.',
    related: ['nonce', 'su'],
  },
  {
    id: 'k3',
    term: 'K3',
    aliases: ['sampled labels'],
    forms: ['K3'],
    definition:
      'The number of labels of a proof that a verifier calculates again: 1 on mainnet, chosen at random.',
    related: ['k2'],
  },
  {
    id: 'label',
    term: 'Label',
    aliases: ['labels'],
    forms: ['label', 'labels'],
    definition:
      'The unit of PoST data: 16 bytes on disk, half of the output of scrypt for the commitment and the label’s index. Expensive to calculate, cheap to store.',
    related: ['commitment', 'su'],
  },
  {
    id: 'layer',
    term: 'Layer',
    aliases: [],
    forms: ['layer', 'layers'],
    definition:
      'A period of 5 minutes, in which about 50 smeshers propose a block. Rewards are paid per layer.',
    related: ['epoch', 'weight'],
  },
  {
    id: 'nonce',
    term: 'Nonce',
    aliases: ['nonces', 'proving nonce'],
    forms: ['nonce', 'nonces'],
    definition:
      'A number that the prover tries: each nonce makes other labels good. A pass tries a multiple of 16, the first that finds K2 good labels is the proof. It has nothing to do with the VRF nonce.',
    related: ['vrf-nonce', 'k1', 'k2', 'k2pow', 'pass'],
  },
  {
    id: 'pass',
    term: 'Pass',
    aliases: ['scan', 'proving pass'],
    forms: ['pass'],
    definition:
      'One complete read of an identity’s data, in which all chosen nonces are tried. If none succeeds, another pass with other nonces follows, with new k2pow.',
    related: ['nonce', 'cycle-gap'],
  },
  {
    id: 'poet',
    term: 'PoET',
    aliases: ['proof of elapsed time', 'PoET round'],
    forms: ['PoET', 'PoETs'],
    definition:
      'Proof of elapsed time: a service that works sequentially for nearly an epoch and so proves that time has passed. A smesher registers with it in each round; the result is the challenge of its next PoST.',
    related: ['cycle-gap', 'tick'],
  },
  {
    id: 'post',
    term: 'PoST',
    aliases: ['proof of space-time', 'proof of space'],
    forms: ['PoST', 'PoSTs'],
    definition:
      'Proof of space-time: the data that an identity stores, and the proof once per epoch that they are still there.',
    related: ['label', 'atx'],
  },
  {
    id: 'post-service',
    term: 'post-service',
    aliases: ['remote post', 'proving service'],
    forms: ['post-service', 'post-services'],
    definition:
      'The program of post-rs that proves the data of one identity for a node. It connects to the node, and reports its state under /status of its operator address.',
    related: ['pass', 'k2pow'],
  },
  {
    id: 'slot',
    term: 'Slot',
    aliases: ['eligibility', 'eligibility slot'],
    forms: ['slot', 'slots'],
    definition:
      'The right to propose a block in one layer. The number of an identity’s slots in an epoch follows from its share of the weight and is at least 1; a slot that is used earns a part of the layer’s reward.',
    related: ['layer', 'weight', 'ballot'],
  },
  {
    id: 'smesher',
    term: 'Smesher',
    aliases: ['miner', 'identity', 'node ID', 'smesher ID'],
    forms: ['smesher', 'smeshers', 'node ID', 'node IDs', 'identity', 'identities'],
    definition:
      'A miner of Spacemesh. Its identity is an Ed25519 key pair; the public key of 32 bytes is the smesher ID, or node ID. One operator may run several.',
    related: ['atx', 'equivocation', 'coinbase'],
  },
  {
    id: 'smidge',
    term: 'Smidge',
    aliases: ['SMH'],
    forms: ['smidge', 'SMH'],
    definition: 'The smallest amount of the currency: 1 SMH is 1,000,000,000 smidge.',
    related: ['coinbase'],
  },
  {
    id: 'su',
    term: 'SU',
    aliases: ['space unit', 'storage unit', 'NumUnits'],
    forms: ['SU', 'space unit', 'space units'],
    definition:
      'Space unit: 2^32 labels of 16 bytes, 64 GiB on mainnet. An identity has at least 4 of them, and its weight is proportional to their number.',
    related: ['label', 'weight'],
  },
  {
    id: 'tick',
    term: 'Tick',
    aliases: ['ticks', 'tick height'],
    forms: ['tick', 'ticks'],
    definition:
      'The unit in which a PoET counts the sequential work of a round. The ticks between an ATX and the one before it multiply its weight.',
    related: ['poet', 'weight'],
  },
  {
    id: 'vrf-nonce',
    term: 'VRF nonce',
    aliases: ['Nonce in postdata_metadata.json', 'NonceValue'],
    forms: ['VRF nonce', 'VRF nonces'],
    definition:
      'The index of the smallest label of an identity’s data, found once at initialisation and kept in postdata_metadata.json. It is used to draw when the identity may propose. It is not the proving nonce.',
    related: ['nonce', 'label'],
  },
  {
    id: 'weight',
    term: 'Weight',
    aliases: ['relative weight'],
    forms: ['weight', 'weights'],
    definition:
      'What an ATX counts for: its SU times its ticks. The share of the total weight is the share of the rewards.',
    related: ['su', 'tick', 'atx'],
  },
];

const byId: ReadonlyMap<string, GlossaryEntry> = new Map(
  glossary.map((entry) => [entry.id, entry]),
);

export const glossaryEntry = (id: string): GlossaryEntry | undefined => byId.get(id);

/** Entries in which every word of a query occurs; those with a matching term come first. */
export function searchGlossary(query: string): readonly GlossaryEntry[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const rank = ({ term, aliases, definition }: GlossaryEntry): number => {
    const [name, other, text] = [term, aliases.join(' '), definition].map((part) =>
      part.toLowerCase(),
    );
    const isIn = (...parts: readonly (string | undefined)[]): boolean =>
      words.every((word) => parts.some((part) => part?.includes(word)));
    return isIn(name) ? 0 : isIn(name, other) ? 1 : isIn(name, other, text) ? 2 : 3;
  };
  return glossary
    .map((entry) => ({ entry, at: rank(entry) }))
    .filter(({ at }) => at < 3)
    .sort((a, b) => a.at - b.at)
    .map(({ entry }) => entry);
}

/** A piece of a text: a term as it is written there, or what is between two terms. */
export interface TextPart {
  readonly text: string;
  /** Id of the entry; undefined between terms. */
  readonly id: string | undefined;
}

/** Ids by their written forms, the longest form first: “VRF nonce” before “nonce”. */
const idByForm: ReadonlyMap<string, string> = new Map(
  glossary
    .flatMap(({ id, forms }) => forms.map((form): readonly [string, string] => [form, id]))
    .toSorted(([a], [b]) => b.length - a.length),
);

/** A form is also written with a capital at the start of a sentence; “SU” and “PoST” only as they are. */
const formPattern = new RegExp(
  `(?<![\\p{L}\\p{N}_./-])(?:${[...idByForm.keys()]
    .map((form) =>
      /^[a-z]/.test(form) ? `[${form[0]}${form[0]?.toUpperCase()}]${form.slice(1)}` : form,
    )
    .join('|')})(?![\\p{L}\\p{N}_])(?!\\.[a-z])`,
  'gu',
);

/** Cuts a text at the terms in it. The parts joined are the text. */
export function splitTerms(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const { 0: form, index } of text.matchAll(formPattern)) {
    if (index > end) parts.push({ text: text.slice(end, index), id: undefined });
    parts.push({
      text: form,
      id: idByForm.get(form) ?? idByForm.get(`${form[0]?.toLowerCase()}${form.slice(1)}`),
    });
    end = index + form.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end), id: undefined });
  return parts;
}

/** Ids of the terms in a text, each once, in the order of their first use. */
export const termsIn = (text: string): readonly string[] => [
  ...new Set(splitTerms(text).flatMap(({ id }) => (id === undefined ? [] : [id]))),
];
