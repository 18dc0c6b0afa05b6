/** What ATXs of both versions have, in the same words, each under its own name in go-spacemesh. */
import { formatAddress } from '../../protocol/address';
import type { Bytes } from '../../base/bytes';
import type { Proof } from '../../protocol/proof';
import { group, link, list, plain, raw, type Field, type TreeNode } from './node';

export const publishEpoch = (goName: string, epoch: number): TreeNode =>
  plain(
    [
      'publish epoch',
      goName,
      `The epoch in which it was published; it counts in the next, ${epoch + 1}.`,
    ],
    epoch,
  );

export const positioningAtx = (goName: string, id: Bytes): TreeNode =>
  link(['positioning ATX', goName, 'The ATX on whose tick height this one builds.'], id, 'atx');

/** @param hrp prefix of addresses: 'sm', 'stest' */
export const coinbase = (goName: string, address: Bytes, hrp: string): TreeNode => ({
  ...raw(
    ['coinbase', goName, 'The account that the rewards of this ATX go to.'],
    address,
    'coinbase',
  ),
  value: formatAddress(address, hrp),
});

export const commitmentField = (goName: string): Field => [
  'commitment ATX',
  goName,
  'What the labels are bound to, with the identity.',
];

export const initialPostField = (goName: string): Field => [
  'initial PoST',
  goName,
  'The proof that the data was there before the PoET began, under a challenge of zeros.',
];

export const postField = (goName: string): Field => [
  'PoST',
  goName,
  'The proof of space, under the PoET’s proof as its challenge.',
];

export const post = (field: Field, { nonce, indices, pow }: Proof): TreeNode =>
  group(field, '', [
    plain(
      [
        'nonce',
        'PostV1.Nonce',
        'The nonce for which enough labels were good; 16 of them share a k2pow.',
      ],
      nonce,
    ),
    raw(
      [
        'indices',
        'PostV1.Indices',
        'The indices of the good labels, packed into as few bits as they need.',
      ],
      indices,
    ),
    plain(
      ['k2pow', 'PostV1.Pow', 'The counter that solved the RandomX puzzle of the nonce’s group.'],
      pow,
    ),
  ]);

export const units = (goName: string, numUnits: number): TreeNode =>
  plain(['units', goName, 'Storage units that the PoST proves.'], numUnits);

export const poetReference = (goName: string, ref: Bytes): TreeNode =>
  raw(
    [
      'challenge',
      goName,
      'The reference of the PoET proof: it was not known before the PoET round ended.',
    ],
    ref,
    'poet',
  );

export const membershipNodes = (goName: string, nodes: readonly Bytes[]): TreeNode =>
  list(
    [
      'Merkle nodes',
      goName,
      'The siblings on the way from the members’ leaves to the root of the PoET’s members.',
    ],
    nodes,
    (node, i) => raw([`node ${i}`, '', 'A sibling on the way up.'], node),
  );
