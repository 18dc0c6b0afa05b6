/**
 * The guide: what an operator needs to know for each task, in short topics. The app contains it, so that no page depends on
 * the documentation of another host. Figures are mainnet's; their sources are go-spacemesh v1.7.6 and post-rs v0.8.5.
 */

export interface GuideTopic {
  readonly id: string;
  readonly title: string;
  /** Words under which a search also finds it. */
  readonly keywords: string;
  readonly paragraphs: readonly string[];
  /** The view that does it: document, route below `#/`, and the text of the link. */
  readonly view: {
    readonly document: 'index.html' | 'identity.html' | 'node.html';
    readonly route: string;
    readonly text: string;
  };
}

const view = (
  document: GuideTopic['view']['document'],
  route: string,
  text: string,
): GuideTopic['view'] => ({ document, route, text });

export const guideTopics: readonly GuideTopic[] = [
  {
    id: 'rewards',
    title: 'Rewards and eligibility',
    keywords: 'coinbase slots proposals earnings missed epoch',
    paragraphs: [
      'An identity that publishes an ATX in one epoch is eligible in the next one. Its weight decides the number of its slots, and every eligible identity has at least one slot per epoch.',
      'The subsidy of a layer is shared by the proposals of its block, by weight. So a small identity is paid rarely, and in larger amounts: compare several epochs before you look for a fault.',
      'Rewards go to the coinbase of the config. The coinbase has no connection to the key of the identity, and can be changed at any time.',
    ],
    view: view('index.html', 'state', 'Read the rewards from a copy of state.sql'),
  },
  {
    id: 'atx',
    title: 'What an ATX proves',
    keywords: 'activation transaction audit verification positioning',
    paragraphs: [
      'An ATX contains a PoST proof of the storage, a PoET proof that time has passed since the last one, and a reference to the previous ATX of the identity. The chain of ATXs has one link per epoch.',
      'Nodes verify only a sample of the proof, which is K3 labels. An identity whose proof turns out to be invalid is condemned later by a malfeasance proof, and its weight no longer counts.',
    ],
    view: view('index.html', 'audit', 'Verify the ATXs of a copy of state.sql'),
  },
  {
    id: 'post',
    title: 'PoST data and how it is proved',
    keywords: 'labels initialisation proof nonce k2pow vrf',
    paragraphs: [
      'PoST data is a sequence of labels of 16 bytes, calculated once with scrypt from the node ID, the commitment ATX and the index of the label. Initialisation takes long and happens once; a proof reads all of the data once per pass.',
      'A proof needs K2 labels that meet a threshold for the same nonce. Each nonce is one attempt; a group of 16 nonces costs one k2pow.',
      'The VRF nonce is another number: the index of the smallest label. It is stored in the metadata and decides the slots of the identity.',
    ],
    view: view('index.html', 'post', 'Examine a PoST folder'),
  },
  {
    id: 'metadata',
    title: 'The PoST metadata',
    keywords: 'postdata_metadata.json numunits maxfilesize nonce nodeid commitment',
    paragraphs: [
      'The file postdata_metadata.json states whose labels are in the folder and how they are divided into files. NodeId, CommitmentAtxId, LabelsPerUnit and MaxFileSize must never change: other values describe other data.',
      'More units than before make the node initialise the rest. This is safe only until the first ATX is published. Fewer units make the node delete files when it starts.',
      'Nonce and NonceValue may be replaced by other valid values at any time. If the lowest label is known later, write it there. Rewards do not change.',
    ],
    view: view('index.html', 'post/metadata', 'Read and correct the metadata'),
  },
  {
    id: 'lost-nonce',
    title: 'A lost VRF nonce',
    keywords: 'find nonce missing lowest label search parallel merge',
    paragraphs: [
      'If the metadata has no nonce, the labels still have it. The search reads the data once and recalculates only the few labels whose first 16 bytes are among the smallest.',
      'Parts that were initialised separately each have a nonce of their own. The nonce of the complete data is that of the smallest label of all parts.',
    ],
    view: view('index.html', 'post/check', 'Find the VRF nonce in the data'),
  },
  {
    id: 'performance',
    title: 'Nonces, threads and speed',
    keywords: 'profiler fine-tuning proving benchmark pass probability',
    paragraphs: [
      'One pass over the data tries a fixed number of nonces. With 64 nonces, one pass finds a proof with a probability of 79.4 %, with 128 nonces 95.8 %, with 288 nonces 99.9 %.',
      'More nonces cost more processor time per byte and more k2pow. With enough threads the disk decides the speed; measure both, and choose the smallest number of nonces that leaves time for a second pass.',
    ],
    view: view('index.html', 'profile', 'Measure this machine'),
  },
  {
    id: 'poet',
    title: 'PoET rounds and the cycle gap',
    keywords: 'schedule calendar deadline registration phase shift 12 hours',
    paragraphs: [
      'A PoET round runs for two weeks less 12 hours. The 12 hours between two rounds are the cycle gap: in it the node makes its PoST proof and registers for the next round.',
      'A node that finishes later can still publish its ATX before the epoch ends. It then misses the next round, and so the rewards of the epoch after the next.',
      'Do maintenance after the ATX is published and before the next gap opens. Never move PoST data during the gap.',
    ],
    view: view('index.html', 'plan/calendar', 'See the calendar of your network'),
  },
  {
    id: 'large-identities',
    title: 'Very large identities',
    keywords: 'size 4 TiB split read speed second pass',
    paragraphs: [
      'A proof has to read all of the data within the cycle gap, twice if the first pass fails. At 150 MB/s, 4 TiB take a little over eight hours, so there is no time for a second pass.',
      'Faster disks, RAID and more processor cores raise the limit. Above it, divide the storage into several identities on separate disks, each with its own key.',
    ],
    view: view('index.html', 'plan/sizes', 'Calculate the largest size for your machine'),
  },
  {
    id: 'resize',
    title: 'More or less storage',
    keywords: 'increase decrease grow shrink units',
    paragraphs: [
      'An identity cannot change its size after its first ATX. To add storage, initialise a new identity; to reduce it, let the identity end and initialise a smaller one.',
      'A smaller number of units in the config makes the node delete PoST files at its next start. Correct it before the node starts.',
    ],
    view: view('index.html', 'plan/resize', 'Compare the ways to change the size'),
  },
  {
    id: 'identity',
    title: 'Identities and keys',
    keywords: 'local.key smesher id hex base64 generate xxd cut',
    paragraphs: [
      'An identity is an Ed25519 key in <data folder>/identities/*.key: 128 hex digits, first the private half and then the public half. The public half is the smesher ID, in hex or base64.',
      'Anyone with this file can act as the smesher. A lost key cannot be restored, and its PoST data is then without value. Keep a copy off the machine, and never show it to another user.',
      'A node without a key file makes a new identity at its start. Look for the old file before you start a node with an empty identities folder.',
    ],
    view: view('identity.html', 'identity', 'Open a key or convert an ID'),
  },
  {
    id: 'equivocation',
    title: 'Equivocation',
    keywords: 'malfeasance malicious two nodes same key duplicate',
    paragraphs: [
      'Two nodes with the same key sign two ATXs for one epoch or two ballots for one layer. The network treats this as an attack and ignores the identity permanently. There is no appeal.',
      'Therefore stop and disable the old node before a key is copied, and remove the key from the old place before the new node starts. Restored backups and cloned disks are the usual causes.',
      'Identities that are married are condemned together.',
    ],
    view: view('identity.html', 'identity/inventory', 'Find keys that are in two places'),
  },
  {
    id: 'moving',
    title: 'Moving PoST data',
    keywords: 'rsync copy another machine disk slash ssh resume',
    paragraphs: [
      'PoST data does not depend on the machine, its architecture or its operating system. It belongs to one key, and that key has to move with it.',
      'Copy with a tool that continues after an interruption and verifies what it wrote, such as rsync. A slash at the end of the source means "what is in this folder"; without it, the folder itself is copied.',
      'Compare the copy with the source before you delete anything. Keep the old data until the next ATX was published from the new place.',
    ],
    view: view('identity.html', 'identity/moving', 'Make the commands for your folders'),
  },
  {
    id: 'drives',
    title: 'Several drives',
    keywords: 'raid lvm zfs btrfs mergerfs storage spaces join file systems',
    paragraphs: [
      'One identity needs one folder. Either run one identity per drive, or join the drives below the file system.',
      'Striping multiplies the speed and loses everything with one broken drive. Parity costs the space of one or two drives and survives their failure. A pool that stores complete files, such as mergerfs, loses only the files of the broken drive, and those can be initialised again.',
    ],
    view: view('identity.html', 'identity/moving', 'Make a recipe for your drives'),
  },
  {
    id: 'state',
    title: 'The state database',
    keywords: 'state.sql sqlite wal copy query schema',
    paragraphs: [
      'The node keeps the state of the network in state.sql, with the newest part in state.sql-wal. The two files are one database: copy both, from a stopped node or as a backup of SQLite.',
      'Never open or change the database of a running node. The schema may change with every release.',
    ],
    view: view('index.html', 'state', 'Open a copy of state.sql'),
  },
  {
    id: 'state-backup',
    title: 'Backing up the state',
    keywords: 'backup snapshot vacuum into restore how often',
    paragraphs: [
      'A plain copy of the files of a running node is torn: state.sql and its -wal change while they are copied. Use the backup command of sqlite3, VACUUM INTO, or a snapshot of the file system, which stores both files at one instant.',
      'The keys and local.sql cannot be downloaded again. Back up the keys once and local.sql after each registration at a PoET. state.sql can be synced again: a backup per week saves days.',
    ],
    view: view('identity.html', 'identity/state', 'Make the commands of a backup'),
  },
  {
    id: 'state-copy',
    title: 'Copying or clearing the state',
    keywords: 'quick sync second node resync corrupt delete trusted',
    paragraphs: [
      'The file state.sql holds nothing private, so it can be copied to a second node. Both nodes must have the same version and be stopped, and the state files of the target must be moved aside first: SQLite would read a leftover -wal into the new file.',
      'Copy only from a node that you run yourself. A copied state is not verified by the node that starts with it.',
      'To start over, move state.sql, state.sql-wal and state.sql-shm aside. Keep identities and local.sql where they are.',
    ],
    view: view('identity.html', 'identity/state', 'Make the steps for your folders'),
  },
  {
    id: 'monitoring',
    title: 'Monitoring a node',
    keywords: 'grpc api status events prometheus grafana metrics alert troubleshooting',
    paragraphs: [
      'The gRPC services of a node answer whether it is synced, how many peers it has and what it is doing. Its events report each proof, registration, ATX and eligibility.',
      'With --metrics the node offers metrics for Prometheus. They listen on all interfaces: limit the port with a firewall.',
      'First questions when something is wrong: is the node synced, does it have peers, is the disk full, is the clock right, is the PoST service connected?',
    ],
    view: view('node.html', 'node', 'Connect to a node'),
  },
  {
    id: 'logs',
    title: 'Logs',
    keywords: 'smapp log rotation level debug journald systemd tee',
    paragraphs: [
      'Smapp writes and rotates the logs of its node in its own folder: ~/Library/Application Support/Spacemesh on macOS, ~/.config/Spacemesh on Linux, %APPDATA%\\Spacemesh on Windows.',
      'A node that you start yourself logs to standard output: let systemd or a pipe to tee keep it, and rotate it. The level can be set per module under "logging" in the config; the usual level is INFO.',
    ],
    view: view('node.html', 'node/logs', 'Read a log'),
  },
  {
    id: 'cloud',
    title: 'Initialisation on rented GPUs',
    keywords: 'cloud gpu parallel postcli egress bandwidth fromfile tofile parts',
    paragraphs: [
      'A rented GPU can initialise the data in hours. Plan the download: the price of outgoing traffic and the bandwidth of your line often decide, not the GPU. Rent 10 % more disk space than the data needs.',
      'The key never has to be on the rented machine: initialisation needs only the public ID and the commitment ATX.',
      'Several machines may each make a range of files. Fetch finished files while the rest is being made, verify each checksum, and merge the metadata at the end.',
    ],
    view: view('index.html', 'plan/cloud', 'Compare offers and make the commands'),
  },
  {
    id: 'network-load',
    title: 'Splitting and the load of the network',
    keywords: 'identities growth incentive new post emergency eligibility every other epoch',
    paragraphs: [
      'Each identity adds an ATX per epoch and at least one ballot. Many small identities can prove with fewer nonces and repeat the few that fail, so splitting saves work for its operator and costs every other node.',
      'The announced new PoST makes the weight depend on the quality of the best labels found, and the work per nonce nearly constant. Then splitting no longer saves work. The data stays valid.',
      'As an emergency measure identities could become eligible in every second epoch only. Over time each receives the same amount.',
    ],
    view: view('index.html', 'network', 'Calculate the effects'),
  },
  {
    id: 'atx-merge',
    title: 'ATX Merge',
    keywords: 'marriage merge identities equivocation set small smesher',
    paragraphs: [
      'Up to 256 identities can marry and then publish one ATX together, with a PoST for each. The merged identity has the number of slots that its total weight gives.',
      'Marriage is permanent, and all identities of the set are condemned for the fault of one. An operator of a few identities gains nothing: the rewards stay the same, and the risk is real.',
    ],
    view: view('index.html', 'network/advice', 'See what merging changes for you'),
  },
];

const byId: ReadonlyMap<string, GuideTopic> = new Map(
  guideTopics.map((topic) => [topic.id, topic]),
);

export const guideTopic = (id: string): GuideTopic | undefined => byId.get(id);

/** Topics that contain every word of a query; those with all of them in title and keywords come first. */
export function searchGuide(query: string): readonly GuideTopic[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const contains = (text: string): boolean => words.every((word) => text.includes(word));
  const ranked = guideTopics.map((topic) => {
    const head = `${topic.title} ${topic.keywords}`.toLowerCase();
    const rank = contains(head)
      ? 0
      : contains(`${head} ${topic.paragraphs.join(' ')}`.toLowerCase())
        ? 1
        : 2;
    return { topic, rank };
  });
  return ranked
    .filter(({ rank }) => rank < 2)
    .sort((a, b) => a.rank - b.rank)
    .map(({ topic }) => topic);
}
