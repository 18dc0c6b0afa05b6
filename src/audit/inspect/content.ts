/** What the bytes are by themselves: whose, of which id, and the columns that repeat them. */
import { atxSignedBytes } from '../../protocol/atx';
import { equalBytes, toHex } from '../../base/bytes';
import { verifySignature } from '../../protocol/signing';
import { columnCheck, judged } from '../check';
import type { Check } from '../types';
import { short, type Inspected } from './inspected';

export const blobRead = ({ atx, evidence }: Inspected): Check =>
  judged(
    'blob',
    true,
    `Version ${atx.version}; every byte of the ${evidence.blob?.length ?? 0} is accounted for.`,
  );

export function computedId({ atx, evidence: { id } }: Inspected): Check {
  const same = equalBytes(atx.id, id);
  return judged(
    'id',
    same,
    same
      ? 'Recomputed from the content, it is the one in the table.'
      : `The content has the id ${toHex(atx.id)}, but the table has it under ${toHex(id)}.`,
  );
}

export function signature({ atx, network: { genesisId } }: Inspected): Check {
  if (!genesisId)
    return judged(
      'signature',
      'inconclusive',
      'The genesis id of the network is not known, and every signature is over it.',
    );
  const holds = verifySignature(
    atx.smesher,
    { network: genesisId, domain: 'atx', message: atxSignedBytes(atx) },
    atx.signature,
  );
  return judged(
    'signature',
    holds,
    holds
      ? `Signed by ${short(atx.smesher)} for this network.`
      : `The signature is not one of ${short(atx.smesher)} over this content on this network.`,
  );
}

export const repeatedColumns = ({ atx, evidence: { row } }: Inspected): Check[] => [
  columnCheck('smesher-column', 'The publisher', toHex(atx.smesher), toHex(row.smesher)),
  columnCheck('epoch-column', 'The publish epoch', atx.publishEpoch, row.publishEpoch),
  columnCheck('coinbase-column', 'The coinbase', toHex(atx.coinbase), toHex(row.coinbase)),
];
