// The words that this project does not use, and what to write instead: the data of scripts/check-words.mjs.
// A space in a pattern matches any white space, also the end of a line inside a comment.
// `bad` and `good` are examples: test/unit/scripts/check-words.test.ts tries every rule on both.

const rate =
  'nonce|pass|hour|minute|second|millisecond|day|week|month|year|unit|SU|layer|epoch|hash|label|thread|core|file|' +
  'machine|drive|disk|identity|smesher|node|row|page|batch|block|byte|call|request|round|slot|worker|module';
const counted =
  'labels|nonces|hashes|bytes|bits|ms|µs|s|seconds|minutes|hours|days|[KMGT]i?B|kWh|W|%|€|slots|rewards|times|once|' +
  'twice|units|ATXs|layers|epochs|rows|messages|requests|threads|tries|attempts|proofs|ballots|samples|steps|lines|' +
  'files|pages|calls|smidge|SMH|dollars?|euros?|money|cost|price|one (?!of\\b|to\\b|with)\\w+';

export const rules = [
  {
    pattern: '(told|untold)',
    instead: 'reported, distinguished, inconclusive',
    bad: '12 ATXs could not be told',
    good: 'The total is reported',
  },
  {
    pattern: '(tell|tells|telling) (\\w+ )?apart',
    instead: 'distinguish',
    bad: 'It tells them apart',
    good: 'It distinguishes the two',
  },
  {
    pattern: '(said|says|unsaid)',
    instead: 'shown, states, "by default"',
    bad: 'one thread unless said',
    good: 'one thread by default; the essays',
  },
  {
    pattern: '(stands|stood)(?! for\\b)|lies|lie|lain',
    instead: 'is, is stored, is hosted',
    bad: 'the file lies beside it',
    good: 'CID stands for content identifier; earlier',
  },
  {
    pattern: '(anew|afresh|in vain)',
    instead: 'again, without result',
    bad: 'Start anew',
    good: 'Start a new run',
  },
  {
    pattern: '(nobody|no one|somebody|someone)',
    instead: 'no response, another server, no user, a user',
    bad: 'Nobody answers at 127.0.0.1',
    good: 'No response from 127.0.0.1',
  },
  {
    pattern:
      '(?<!\\bthere )(is|are|was|were) no (?!longer\\b|more\\b|less\\b|better\\b|worse\\b|greater\\b|smaller\\b|larger\\b|faster\\b|slower\\b)\\w+',
    instead: 'is not a …, has no …',
    bad: 'This is no proof',
    good: 'There is no proof; it is no longer there; this is not a proof',
  },
  {
    pattern: `(${counted})( expected| read| made| proved)? an? (${rate})(?! (time|has|have|second)\\b)`,
    instead: 'per nonce, per pass, per hour, per unit',
    bad: 'good labels expected: 26 labels a nonce',
    good: '26 labels per nonce; it needs a unit',
  },
  {
    pattern: '(so many|as many|the others)',
    instead: 'the number of …, the rest',
    bad: 'as many as asked',
    good: 'too many; the other files',
  },
  {
    pattern: '(reckon|reckons|reckoned|reckoning)',
    instead: 'calculate',
    bad: 'Reckoned on one machine',
    good: 'Calculated for one machine',
  },
  {
    pattern: '(mend|mends|mended|mending)',
    instead: 'fix',
    bad: 'it will not mend',
    good: 'it will not fix; recommended',
  },
  {
    pattern: '(held|hold|holds|holding) (?!(a|no) proof)(\\w+ ){0,3}against',
    instead: 'compare with',
    bad: 'held against the table',
    good: 'hold the key; it protects against loss',
  },
  {
    pattern: '(houses?|rooms?|doors?|desks?)',
    instead: 'architecture, module, layer, worker API, store',
    bad: 'the door of a worker',
    good: 'desktop, indoors, warehouse',
  },
  {
    pattern: 'lanes?',
    instead: 'connection, queue',
    bad: 'a lane of the bridge',
    good: 'planes',
  },
  {
    pattern: '(?<!Math\\.)(floors?(?!\\()|floored)',
    instead: 'minimum, module, layer, rounded down',
    bad: 'the floor of the score',
    good: 'Math.floor rounds down, as floor(x / y) does',
  },
  {
    pattern: '(nets?)',
    instead: 'guard',
    bad: 'a net behind a net',
    good: 'the network; Internet',
  },
  {
    pattern: 'whole(?! (numbers?|units?|epochs?|layers?|seconds?|percent|multiples?)\\b)',
    instead: 'complete, entire, all of',
    bad: 'reads the whole file',
    good: 'a whole number; wholesale',
  },
  {
    pattern: '(for good|at once)',
    instead: 'permanently; immediately, at the same time',
    bad: 'Any size opens at once',
    good: 'at one time; for goods',
  },
  {
    pattern: '(which question brings you here|who is there|what fills it)',
    instead: 'Start with a question, Browse smeshers, Disk usage',
    bad: 'What fills it',
    good: 'Start with a question',
  },
  {
    pattern: '(let go|lets go|letting go|done with)',
    instead: 'release, finish',
    bad: 'memory that it lets go',
    good: 'memory that it releases; it goes on',
  },
  {
    pattern: '(led to|leads? to (a|an|the|this|that|its|your) (node|service|server|host|address))',
    instead: 'connect, proxy',
    bad: 'It leads to the node',
    good: 'It leads to an error',
  },
  {
    pattern: '(people|persons?|whoever)',
    instead: 'the user, the operator; "you" in the interface',
    bad: 'what a person wants',
    good: 'the user; personal',
  },
];

const lanes =
  'Lanes of SIMD vectors, Keccak (FIPS 202) and Argon2 (RFC 9106) are the terms of their fields.';
const saved = 'A parameter of addresses that users have saved.';
const licence = 'The text of a licence.';

/** Lines that keep a word, with the reason: `text` as in the file; a `path` that ends in / is a folder. */
export const exceptions = [
  { path: 'assembly/', text: 'lane', reason: lanes },
  { path: 'src/kernels/', text: 'lane', reason: lanes },
  { path: 'src/post/k2pow/', text: 'lane', reason: lanes },
  { path: 'src/pages/audit/network.store.svelte.ts', text: "'net'", reason: saved },
  { path: 'src/pages/audit/links.ts', text: "'net'", reason: saved },
  { path: 'src/pages/plan/Cloud.svelte', text: "('room')", reason: saved },
  { path: 'src/pages/plan/Sizes.svelte', text: "('lanes')", reason: saved },
  { path: 'src/pages/plan/fleet-text.ts', text: '~desk', reason: saved },
  { path: 'scripts/notices.mjs', text: 'to any person obtaining', reason: licence },
  { path: 'scripts/notices.mjs', text: 'to permit persons', reason: licence },
];
