/** Married identities: the ATX that marries them, and the ATXs that they share afterwards. */
import { equalBytes, isZero, toHex, type Bytes } from '../../base/bytes';
import { counted } from '../../base/counted';
import { verifyMarriage } from '../../protocol/signing';
import { columnCheck, judged } from '../check';
import type { Check, Outcome } from '../types';
import { short, type Inspected } from './inspected';

/** Of an ATX that marries: a check for every certificate. */
export function marriageCertificates(inspected: Inspected): Check[] {
  const { atx, network, evidence } = inspected;
  if (atx.version !== 2) return [];
  const { genesisId } = network;
  const seen = new Set<string>();
  const checks = atx.marriages.map(({ referenceAtx, signature }, i) => {
    const say = (outcome: boolean | Outcome, explanation: string): Check =>
      judged('marriage-certificates', outcome, explanation, `certificate ${i}`);
    const smesher = isZero(referenceAtx) ? atx.smesher : inspected.linked(referenceAtx)?.smesher;
    if (!smesher)
      return say(
        'inconclusive',
        `It refers to ATX ${short(referenceAtx)}, which is not in this database.`,
      );
    if (seen.has(toHex(smesher))) return say(false, `${short(smesher)} is married twice.`);
    seen.add(toHex(smesher));
    if (!genesisId) return say('inconclusive', 'The genesis id of the network is not known.');
    if (!verifyMarriage({ network: genesisId, smesher, publisher: atx.smesher, signature }))
      return say(false, `It is not signed by ${short(smesher)} for ${short(atx.smesher)}.`);
    const rows = evidence.marriages;
    const row = rows?.find(({ index }) => index === i);
    const isStored =
      !rows ||
      (row !== undefined &&
        equalBytes(row.smesher, smesher) &&
        equalBytes(row.target, atx.smesher) &&
        equalBytes(row.signature, signature));
    return say(
      isStored,
      isStored
        ? `${short(smesher)} agreed to be married to ${short(atx.smesher)}.`
        : `The certificate is valid, but the table has another entry at index ${i}.`,
    );
  });
  return [checks, marriageRows(inspected, atx.marriages.length)].flat();
}

/** The rows of the table by themselves: one per certificate, and all of one set. */
function marriageRows({ evidence }: Inspected, certificates: number): Check | [] {
  const rows = evidence.marriages;
  if (!rows || certificates === 0) return [];
  const say = (outcome: boolean, explanation: string): Check =>
    judged('marriage-certificates', outcome, explanation, 'table');
  if (rows.length !== certificates)
    return say(
      false,
      `The content has ${counted(certificates, 'certificate')}, the table has ${counted(rows.length, 'row')} for it.`,
    );
  const sets = new Set(rows.map(({ setId }) => setId));
  return say(
    sets.size === 1,
    sets.size === 1
      ? `The table has ${counted(rows.length, 'row')} for it, all in one set.`
      : `The table puts identities that this ATX marries into ${sets.size} sets: ${[...sets].join(', ')}.`,
  );
}

/** For a merged ATX: its members were married in the ATX that it names, and long enough before. */
export function marriageAtx(inspected: Inspected): Check | [] {
  const { atx, evidence, parts } = inspected;
  const { row, married } = evidence;
  const own = atx.version === 2 ? atx.marriageAtx : undefined;
  const hex = (id: Bytes | undefined): string => (id ? toHex(id) : 'none');
  if (hex(own) !== hex(row.marriageAtx))
    return columnCheck('marriage-atx', 'The marriage ATX', hex(own), hex(row.marriageAtx));
  if (!own) return [];
  const say = (outcome: boolean | Outcome, explanation: string): Check =>
    judged('marriage-atx', outcome, explanation);
  if (!married)
    return say('inconclusive', `The marriage of ${short(atx.smesher)} is not in this database.`);
  if (!equalBytes(married.marriageAtx, own))
    return say(
      false,
      `${short(atx.smesher)} was married in ${short(married.marriageAtx)}, not in ${short(own)}.`,
    );
  const misplaced = married.indices?.findIndex((index, place) => index !== place) ?? -1;
  if (misplaced >= 0)
    return say(
      false,
      `Member ${misplaced} of the marriage has the index ${married.indices?.[misplaced]} in the table.`,
    );
  if (!parts.some(({ smesher }) => smesher && equalBytes(smesher, atx.smesher)))
    return say(false, 'The publisher itself has no PoST in it.');
  if (parts.some(({ smesher }) => !smesher))
    return say(
      false,
      `It names a member that there is not among the ${married.members.length} married.`,
    );
  const at = inspected.linked(own);
  if (!at) return say('inconclusive', `The marriage ATX ${short(own)} is not in this database.`);
  return say(
    at.publishEpoch + 2 <= atx.publishEpoch,
    `Its ${married.members.length} members were married in epoch ${at.publishEpoch}, which must be two or more before ${atx.publishEpoch}.`,
  );
}
