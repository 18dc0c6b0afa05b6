/**
 * One ranked report on what is left of one or several machines: which identity belongs to which data and commitment, what is
 * missing, damaged or dangerous, and the steps for each. Pure. Sources: go-spacemesh v1.7.6 (cmd/merge-nodes, node/node.go,
 * activation/post.go) and Go post (initialization.go, which deletes files beyond NumUnits).
 */
import { toHex } from '../../base/bytes';
import { counted, someNames } from '../../base/counted';
import { formatBytes, shortId } from '../../base/format';
import { fileCount, labelsInFile, type PostMetadata } from '../../protocol/metadata';
import { labelBytes } from '../../protocol/units';
import { bare, type Source } from '../places';
import { databaseFindings } from './databases';
import { fullFileBytes, rebuildMetadata } from './rebuild';
import type {
  Estate,
  FoundFolder,
  RescueCode,
  RescuedIdentity,
  RescueFinding,
  RescueReport,
} from './types';

export function rescueReport(estate: Estate): RescueReport {
  const identities = identitiesOf(estate);
  const findings = [
    ...identities.flatMap((identity) => identityFindings(identity, estate)),
    ...estate.folders.flatMap((folder) => folderFindings(folder, estate)),
    ...databaseFindings(estate),
    ...estate.logs.flatMap(logFindings),
    ...estate.unread.map(unreadFinding),
  ];
  const { unrecognised } = estate;
  const stated = new Set(estate.commitments.map(({ nodeId }) => nodeId));
  const withoutCommitment = identities.filter(({ identity }) => !stated.has(identity)).length;
  const rank = { danger: 0, damaged: 1, note: 2 };
  const isEmpty =
    estate.keys.length + estate.folders.length + estate.databases.length + estate.unread.length ===
    0;
  return {
    findings: findings.toSorted((a, b) => rank[a.severity] - rank[b.severity]),
    identities,
    outcome: isEmpty
      ? 'nothing'
      : findings.some(({ severity }) => severity !== 'note')
        ? 'attention'
        : 'good',
    notChecked: [
      'the labels in the PoST files: “Check data” on the PoST data page recalculates them',
      'the contents of the databases: the State page reads them',
      ...(withoutCommitment > 0
        ? [
            `the commitments of ${withoutCommitment} of ${counted(identities.length, 'identity', 'identities')} against the network: enter what their first ATX states`,
          ]
        : []),
      ...(estate.malicious ? [] : ['malfeasance proofs: the State page finds them in state.sql']),
      ...(unrecognised.length > 0
        ? [
            `${counted(unrecognised.length, 'file')} that ${unrecognised.length === 1 ? 'was' : 'were'} not recognised: ${someNames(unrecognised.map(({ path }) => path))}`,
          ]
        : []),
      'machines, disks and backups that you did not drop',
    ],
  };
}

const metadataOf = ({ metadata }: FoundFolder): PostMetadata | undefined =>
  metadata.state === 'readable' ? metadata.metadata : undefined;
const places = (found: readonly Source[]): number => new Set(found.map(({ place }) => place)).size;

function identitiesOf({ keys, folders, commitments }: Estate): RescuedIdentity[] {
  const owned = folders.flatMap((folder) => {
    const metadata = metadataOf(folder);
    return metadata
      ? [{ folder, id: toHex(metadata.nodeId), commitment: toHex(metadata.commitmentAtxId) }]
      : [];
  });
  const ids = new Set([...keys.map(({ nodeId }) => nodeId), ...owned.map(({ id }) => id)]);
  return [...ids].map((identity) => {
    const own = owned.filter(({ id }) => id === identity);
    const known = commitments.filter(({ nodeId }) => nodeId === identity);
    return {
      identity,
      keys: keys.filter(({ nodeId }) => nodeId === identity).map(bare),
      folders: own.map(({ folder }) => bare(folder)),
      commitments: [
        ...new Set([
          ...own.map(({ commitment }) => commitment),
          ...known.map(({ commitmentAtxId }) => commitmentAtxId),
        ]),
      ],
    };
  });
}

const keepStopped =
  'Keep every node that could use this key stopped and disabled until one place is chosen.';

function identityFindings(row: RescuedIdentity, estate: Estate): RescueFinding[] {
  const { identity, keys, folders } = row;
  const name = shortId(identity);
  const findings: RescueFinding[] = [];
  const add = (
    code: RescueCode,
    severity: RescueFinding['severity'],
    message: string,
    steps: readonly string[],
    sources: readonly Source[] = [...keys, ...folders],
  ): void => void findings.push({ code, severity, message, steps, identity, sources });
  const complete = estate.keys.filter((key) => key.nodeId === identity && key.hasPrivateKey);
  if (estate.malicious?.includes(identity))
    add(
      'malicious',
      'danger',
      `${name} has a malfeasance proof: the network ignores it permanently, and its PoST data has no value any more.`,
      [
        'Do not start a node with it again together with other identities: check first whether they are married.',
        'Initialise new data for a new key. The storage of this data is free for it.',
      ],
    );
  if (complete.length > 1)
    add(
      'key-in-two-places',
      'danger',
      `The private key of ${name} is in ${counted(complete.length, 'file')}${places(complete) > 1 ? ` on ${counted(places(complete), 'machine')}` : ''}. Two nodes that use it are equivocation.`,
      [
        keepStopped,
        'Choose the place where the node will run, next to the complete PoST data.',
        'Rename the other copies, so that their names do not end in .key, or move them off the machines.',
      ],
      complete.map(bare),
    );
  if (complete.length === 0)
    add(
      keys.length > 0 ? 'key-public-only' : 'key-missing',
      'damaged',
      keys.length > 0
        ? `Of the key of ${name} only the public half is here. It cannot sign.`
        : `There is PoST data of ${name}, but not its key. Without the key the data cannot be used.`,
      [
        'Do not start a node with an empty identities folder: it would make a new identity.',
        'Look for a *.key file of 128 hex digits that ends with this ID, in backups and on old disks.',
        'Keep the data until all backups were searched. A key that is lost cannot be restored.',
      ],
    );
  if (folders.length === 0)
    add(
      'data-missing',
      'damaged',
      `The key of ${name} is here, but no PoST folder whose metadata names it.`,
      [
        'Add the folder smeshing-opts-datadir of its config, or --dir of its post-service.',
        'Point the node to the data before it starts: with an empty folder it begins a new initialisation.',
      ],
    );
  findings.push(...commitmentFindings(row, estate));
  if (folders.length > 1 && row.commitments.length <= 1)
    add(
      'data-in-two-places',
      'note',
      `PoST data of ${name} is in ${counted(folders.length, 'folder')}.`,
      ['Parts of one initialisation: merge them. Copies: compare them, and keep the complete one.'],
      folders,
    );
  return findings;
}

function commitmentFindings(
  { identity, folders }: RescuedIdentity,
  { folders: all, commitments }: Estate,
): RescueFinding[] {
  const name = shortId(identity);
  const known = commitments.filter(({ nodeId }) => nodeId === identity);
  const own = all.flatMap((folder) => {
    const metadata = metadataOf(folder);
    return metadata && toHex(metadata.nodeId) === identity
      ? [{ folder, commitment: toHex(metadata.commitmentAtxId) }]
      : [];
  });
  const stated = new Set(known.map(({ commitmentAtxId }) => commitmentAtxId));
  const foreign = own.filter(({ commitment }) => stated.size > 0 && !stated.has(commitment));
  const findings: RescueFinding[] = foreign.map(({ folder, commitment }) => ({
    code: 'commitment-of-another-network-atx',
    severity: 'danger',
    message: `The data of ${name} in ${folder.path} was made for the commitment ATX ${shortId(commitment)}, but ${known[0]?.source ?? 'the network'} states ${shortId(known[0]?.commitmentAtxId ?? '')}. Proofs of this data are invalid for the published identity.`,
    steps: [
      'Do not let a node prove with it: an invalid PoST is malfeasance.',
      'Look for the data with the published commitment. Compare the metadata with a backup: a changed CommitmentAtxId does not change the labels.',
      'Check some labels with the published CommitmentAtxId: if they are right, only the metadata is wrong.',
    ],
    identity,
    sources: [bare(folder)],
  }));
  const different = new Set(own.map(({ commitment }) => commitment));
  if (different.size > 1 && foreign.length === 0)
    findings.push({
      code: 'two-commitments',
      severity: 'damaged',
      message: `The folders of ${name} were made for ${counted(different.size, 'different commitment')}. Only the one of its first ATX is of use.`,
      steps: [
        'Find the commitment of its first ATX in state.sql, or of the table post in local.sql.',
        'Never mix files of the folders.',
      ],
      identity,
      sources: folders,
    });
  return findings;
}

function folderFindings(folder: FoundFolder, estate: Estate): RescueFinding[] {
  const { metadata, files } = folder;
  const source = [bare(folder)];
  if (metadata.state !== 'readable') {
    const codes = {
      missing: 'metadata-missing',
      empty: 'metadata-empty',
      torn: 'metadata-torn',
      unreadable: 'metadata-unreadable',
    } as const;
    const bytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    return [
      {
        code: codes[metadata.state],
        severity: 'damaged',
        message: `${folder.path}: ${metadata.reason} The labels in ${counted(files.length, 'file')} (${formatBytes(bytes)}) do not depend on it.`,
        steps: [
          ...(metadata.state === 'empty'
            ? [
                'Make space on the disk first: a full disk empties the file when the node writes it.',
              ]
            : []),
          'Do not start a node on this folder: it would begin a new initialisation.',
          'Restore postdata_metadata.json from a backup, or write the one below.',
          'Check some labels on the PoST data page, then find the VRF nonce there.',
        ],
        sources: source,
        rebuilt: rebuildMetadata(folder, estate),
      },
    ];
  }
  return [...geometryFindings(folder, metadata.metadata), ...configFindings(folder, estate)];
}

function geometryFindings(folder: FoundFolder, metadata: PostMetadata): RescueFinding[] {
  const { files, path } = folder;
  const identity = toHex(metadata.nodeId);
  const findings: RescueFinding[] = [];
  const add = (
    code: RescueCode,
    severity: RescueFinding['severity'],
    message: string,
    steps: readonly string[],
  ): void =>
    void findings.push({
      code,
      severity,
      message: `${path}: ${message}`,
      steps,
      identity,
      sources: [bare(folder)],
    });
  if (metadata.nonce === undefined)
    add('nonce-missing', 'note', 'The metadata has no VRF nonce.', [
      'Complete the data, then find the nonce on the PoST data page.',
    ]);
  if (
    files.length === 0 ||
    metadata.maxFileSize % BigInt(labelBytes) !== 0n ||
    metadata.maxFileSize === 0n
  ) {
    if (files.length === 0)
      add('files-missing', 'damaged', 'The metadata is here, but no postdata_N.bin.', [
        'Look for the files on other disks before a node starts: it would initialise all of it again.',
      ]);
    return findings;
  }
  const full = fullFileBytes(folder);
  if (full !== undefined && BigInt(full) !== metadata.maxFileSize && files.length > 1) {
    add(
      'max-file-size-differs',
      'danger',
      `The full files have ${full} bytes, but MaxFileSize is ${metadata.maxFileSize}. A node would cut or extend them.`,
      [
        'Do not start a node on this folder.',
        `Correct MaxFileSize to ${full}, then check some labels of the last file.`,
      ],
    );
    return findings;
  }
  const count = Number(fileCount(metadata));
  const numbers = new Set(files.map(({ number }) => number));
  const last = files.reduce((most, { number }) => Math.max(most, number), -1);
  // Counted, not listed: a hostile name may be that of the last of billions.
  const end = Math.min(last, count);
  const gaps = end - [...numbers].filter((number) => number >= 0 && number < end).length;
  let firstGap = 0;
  while (numbers.has(firstGap)) firstGap++;
  if (gaps > 0)
    add(
      'files-missing',
      'damaged',
      `${counted(gaps, 'file')} of the middle missing, from postdata_${firstGap}.bin on. The proving program would read all later files as other labels.`,
      [
        'Do not prove before they are back.',
        'Put them back, or initialise exactly these files again.',
      ],
    );
  if (last < count - 1)
    add(
      'files-missing-at-end',
      'damaged',
      `The files end with postdata_${last}.bin, but postdata_${count - 1}.bin is the last of ${metadata.numUnits} units.`,
      ['Look for the rest. If initialisation was not complete, let it continue.'],
    );
  const extra = files.filter(({ number }) => number >= count);
  if (extra.length > 0)
    add(
      'file-extra',
      'danger',
      `${counted(extra.length, 'file')} past the last that belongs here. A node deletes them when it starts.`,
      [
        'Do not start a node on this folder.',
        'If NumUnits was made smaller by mistake, correct it. Otherwise move the files out of the folder.',
      ],
    );
  for (const { number, sizeBytes } of files.filter(({ number: n }) => n < count)) {
    const wanted = Number(labelsInFile(metadata, number) * BigInt(labelBytes));
    const name = `postdata_${number}.bin`;
    if (sizeBytes % labelBytes !== 0)
      add(
        'file-misaligned',
        'danger',
        `${name} ends in the middle of a label. A node would write every later label to a wrong place.`,
        [
          `Cut it with the node stopped: truncate -s ${sizeBytes - (sizeBytes % labelBytes)} ${name}`,
        ],
      );
    else if (sizeBytes < wanted)
      add('file-short', 'damaged', `${name} has ${sizeBytes} of ${wanted} bytes.`, [
        'Fetch the rest from the source, or let initialisation continue at its end.',
      ]);
    else if (sizeBytes > wanted)
      add(
        'file-long',
        'danger',
        `${name} has ${sizeBytes} bytes, ${sizeBytes - wanted} too many. A node cuts it when it starts.`,
        ['If NumUnits or MaxFileSize was changed, put back the old value before a node starts.'],
      );
  }
  return findings;
}

function configFindings(folder: FoundFolder, { configs }: Estate): RescueFinding[] {
  const metadata = metadataOf(folder);
  return configs
    .filter(
      ({ place, numUnits }) =>
        place === folder.place &&
        metadata &&
        numUnits !== undefined &&
        numUnits < metadata.numUnits,
    )
    .map(({ place, path, numUnits }) => ({
      code: 'units-reduced-in-config' as const,
      severity: 'danger' as const,
      message: `The config states ${numUnits ?? 0} units, the data in ${folder.path} has ${metadata?.numUnits ?? 0}. A node with this config deletes the files beyond.`,
      steps: ['Correct smeshing-opts-numunits before a node starts.'],
      identity: metadata && toHex(metadata.nodeId),
      sources: [{ place, path }, bare(folder)],
    }));
}

const logFindings = ({ alarming, ...found }: Estate['logs'][number]): RescueFinding[] =>
  alarming.length === 0
    ? []
    : [
        {
          code: 'log-alarming',
          severity: 'damaged',
          message: `The log reports: ${alarming.join(' · ')}`,
          steps: [
            'For a full disk or a damaged database: check the disk and its free space before anything is copied back to it.',
            'For malfeasance or equivocation: keep every node with these keys stopped, and look for the identity on the State page.',
          ],
          sources: [bare(found)],
        },
      ];

const unreadFinding = ({ reason, ...found }: Estate['unread'][number]): RescueFinding => ({
  code: 'file-not-read',
  severity: 'damaged',
  message: `${found.path} could not be read: ${reason}`,
  steps: ['Copy it again from its source, or from a backup.'],
  sources: [bare(found)],
});
