/**
 * Malfeasance proofs checked again, as the node did before it believed them: of version 1 (go-spacemesh v1.7.6
 * activation/malfeasance.go, mesh/malfeasance.go, hare3/malfeasance.go) in the table identities, of version 2
 * (malfeasance-v2.ts) in the table malfeasance.
 */
import { atxSignedBytes, postsOf, type AtxV1 } from '../protocol/atx';
import { equalBytes, readBytes, toHex, type Bytes, type BytesLike } from '../base/bytes';
import { WorkbenchError } from '../base/error';
import { decodeMalfeasance, type MalfeasanceProof } from '../protocol/malfeasance';
import {
  atxDomains,
  decodeMalfeasanceV2,
  type MalfeasanceProofV2,
} from '../protocol/malfeasance-v2';
import { verifySignature } from '../protocol/signing';
import { missingFrom } from '../state/schema';
import type { Queryable } from '../state/queries/ask';
import type { SqlValue } from '../state/types';
import type { JobOptions } from '../base/progress';
import { verifyPending, type AtxAuditSettings, type AuditContext } from './atx';
import { judged } from './check';
import type { AuditEngines } from './engines';
import { EvidenceReader } from './evidence';
import { culpritOf, decisiveV2, judgeV2, statementOfV2 } from './malfeasance-v2';
import type { Check, CheckName, Outcome, Report } from './types';
import { verdictOf } from './verdict';
import { askAll } from '../state/queries/ask';

export interface MalfeasanceReport extends Report {
  readonly smesher: Bytes;
  readonly kind: MalfeasanceProof['kind'] | MalfeasanceProofV2['kind'] | undefined;
  /** What the proof claims, in one sentence. */
  readonly statement: string;
}

/** Without these a proof does not pass. */
const needed = ['first-signature', 'same-smesher', 'contradiction'] as const;
/** Of any proof; a second signature where it has two messages. */
const expected = ['blob', ...needed, 'smesher-known'] as const;

type Waiting = Pick<JobOptions, 'signal'>;

const has = (database: Queryable, ...needs: string[]): boolean =>
  missingFrom(database.info.tables, needs).length === 0;

/** All identities that the database holds a proof against, or marks through their marriage. */
export async function malfeasantSmeshers(
  database: Queryable,
  { signal }: Waiting = {},
): Promise<readonly Bytes[]> {
  const sources = [
    has(database, 'identities.proof') &&
      'SELECT pubkey FROM identities WHERE proof IS NOT NULL AND length(proof) > 0',
    has(database, 'malfeasance') && 'SELECT pubkey FROM malfeasance',
  ].filter((source) => source !== false);
  if (sources.length === 0) return [];
  const { rows } = await askAll(database, sources.join(' UNION '), [], { signal });
  return rows.flatMap(([key]) => (key instanceof Uint8Array ? [new Uint8Array(key)] : []));
}

/** A proof as the database has it. */
export interface StoredProof {
  /** 1 in the table identities, 2 in the table malfeasance. */
  readonly version: 1 | 2;
  readonly blob: Bytes;
  /** The identity that it is stored against: a married one, where the identity itself has no proof. */
  readonly smesher: Bytes;
  /** Columns of malfeasance. */
  readonly domain: SqlValue;
  readonly marriageId: SqlValue;
}

/**
 * The proof against an identity, or against one that it is married to: the entire marriage is malicious then.
 * @returns undefined if the database has none
 */
export async function storedProof(
  database: Queryable,
  smesher: Bytes,
  { signal }: Waiting = {},
): Promise<StoredProof | undefined> {
  const ask = async (sql: string) => (await askAll(database, sql, { smesher }, { signal })).rows[0];
  const read = (row: readonly SqlValue[] | undefined, version: 1 | 2): StoredProof | undefined => {
    const [blob, against, domain = null, marriageId = null] = row ?? [];
    return blob instanceof Uint8Array && blob.length > 0
      ? {
          version,
          blob: new Uint8Array(blob),
          smesher: new Uint8Array(against instanceof Uint8Array ? against : smesher),
          domain,
          marriageId,
        }
      : undefined;
  };
  const first = has(database, 'identities.proof')
    ? read(await ask('SELECT proof, pubkey FROM identities WHERE pubkey = :smesher'), 1)
    : undefined;
  if (first || !has(database, 'malfeasance.proof', 'malfeasance.marriage_id')) return first;
  const columns = 'm.proof, m.pubkey, m.domain, m.marriage_id';
  return (
    read(await ask(`SELECT ${columns} FROM malfeasance m WHERE m.pubkey = :smesher`), 2) ??
    read(
      await ask(
        `SELECT ${columns} FROM malfeasance own JOIN malfeasance m ON m.marriage_id = own.marriage_id
         WHERE own.pubkey = :smesher AND length(m.proof) > 0 ORDER BY m.pubkey LIMIT 1`,
      ),
      2,
    )
  );
}

/**
 * Checks the proof against a smesher: an invalid index is really invalid, two messages really contradict.
 * @returns null if the database has none
 */
export async function auditMalfeasance(
  context: AuditContext,
  smesher: BytesLike,
  settings: Pick<AtxAuditSettings, 'network'>,
  options: Waiting = {},
): Promise<MalfeasanceReport | null> {
  const { database } = context;
  const key = readBytes(smesher, 32, 'The smesher id');
  const stored = await storedProof(database, key, options);
  if (stored?.version === 1)
    return auditProof(context, key, { ...settings, blob: stored.blob }, options);
  if (stored) return auditProofV2(context, key, { ...settings, stored }, options);
  const known = await malfeasantSmeshers(database, options);
  if (!known.some((other) => equalBytes(other, key))) return null;
  return {
    smesher: key,
    kind: undefined,
    statement: `${toHex(key)} is marked in the table malfeasance, without a proof.`,
    ...verdictOf(
      [
        judged(
          'contradiction',
          'inconclusive',
          'Neither the identity nor one that it is married to has a proof in this database.',
        ),
      ],
      { needed, expected },
    ),
  };
}

async function auditProofV2(
  { database, engines }: AuditContext,
  smesher: Bytes,
  { network, stored }: Pick<AtxAuditSettings, 'network'> & { readonly stored: StoredProof },
  options: Waiting,
): Promise<MalfeasanceReport> {
  const expectedV2 = ['blob', 'domain-column', ...decisiveV2, 'smesher-known'] as const;
  const claims = { needed: decisiveV2, expected: expectedV2 };
  const isKnown = atxDomains.includes(Number(stored.domain ?? NaN));
  const domain = judged(
    'domain-column',
    isKnown,
    isKnown
      ? 'The table has the domain of ATXs, as the proof.'
      : `The table has the domain ${String(stored.domain)}; the format of its proofs is not known.`,
  );
  let proof: MalfeasanceProofV2;
  try {
    proof = decodeMalfeasanceV2(stored.blob);
  } catch (error) {
    if (!(error instanceof WorkbenchError)) throw error;
    const isUnknown = !isKnown || error.code === 'malfeasance-unknown';
    const blob = judged('blob', isUnknown ? 'inconclusive' : 'fail', error.message);
    return {
      smesher,
      kind: undefined,
      statement: 'The proof cannot be read.',
      ...verdictOf(
        isKnown ? [blob, domain] : [blob, { ...domain, outcome: 'inconclusive' }],
        claims,
      ),
    };
  }
  const culprit = culpritOf(proof);
  const isOfOne = equalBytes(culprit, stored.smesher);
  const checks = [
    judged('blob', true, `A proof of the kind ${proof.kind}; every byte is accounted for.`),
    domain,
    ...(await judgeV2(proof, network, engines)),
    judged(
      'same-smesher',
      isOfOne,
      isOfOne
        ? 'It is about the smesher that it is stored against.'
        : `It is about ${toHex(culprit)}, but stored against ${toHex(stored.smesher)}.`,
    ),
    await knownSmesher(database, stored.smesher, options),
    await marriageColumn(database, smesher, stored, options),
  ].flat();
  const isOwn = equalBytes(stored.smesher, smesher);
  return {
    smesher,
    kind: proof.kind,
    statement: isOwn
      ? statementOfV2(proof)
      : `It is malicious through its marriage to ${toHex(stored.smesher)}. ${statementOfV2(proof)}`,
    ...verdictOf(checks, {
      ...claims,
      needed: isOwn ? decisiveV2 : [...decisiveV2, 'marriage-column'],
    }),
  };
}

/** Whether the marriage in the table malfeasance is the one in the table marriages, for both identities. */
async function marriageColumn(
  database: Queryable,
  smesher: Bytes,
  { smesher: proven, marriageId }: StoredProof,
  options: Waiting,
): Promise<Check | []> {
  if (!has(database, 'marriages.id')) return [];
  const { rows } = await askAll(
    database,
    'SELECT id FROM marriages WHERE pubkey IN (:smesher, :proven)',
    { smesher, proven },
    options,
  );
  const ids = rows.map(([id]) => id);
  const isMarried = ids.length > 0 || marriageId !== null;
  if (!isMarried) return [];
  const count = equalBytes(smesher, proven) ? 1 : 2;
  const isSame = ids.length === count && ids.every((id) => id === marriageId);
  return judged(
    'marriage-column',
    isSame,
    isSame
      ? `It is the marriage ${String(marriageId)} in the table marriages, too.`
      : `The table malfeasance has the marriage ${String(marriageId)}, the table marriages ${ids.length > 0 ? ids.join(' and ') : 'none'}.`,
  );
}

async function knownSmesher(database: Queryable, smesher: Bytes, options: Waiting): Promise<Check> {
  const { rows } = await askAll(
    database,
    'SELECT 1 FROM atxs WHERE pubkey = :smesher LIMIT 1',
    { smesher },
    options,
  );
  return judged(
    'smesher-known',
    rows.length > 0 ? true : 'inconclusive',
    rows.length > 0
      ? 'It has published an ATX.'
      : 'It has no ATX in this database: the node asks for one, which may have been pruned.',
  );
}

async function auditProof(
  { database, engines }: AuditContext,
  smesher: Bytes,
  { network, blob }: Pick<AtxAuditSettings, 'network'> & { readonly blob: Bytes },
  options: Waiting,
): Promise<MalfeasanceReport> {
  let proof: MalfeasanceProof;
  try {
    proof = decodeMalfeasance(blob);
  } catch (error) {
    if (!(error instanceof WorkbenchError)) throw error;
    const checks: Check[] = [{ check: 'blob', outcome: 'fail', explanation: error.message }];
    const statement = 'The proof cannot be read.';
    return { smesher, kind: undefined, statement, ...verdictOf(checks, { needed, expected }) };
  }
  const checks: Check[] = [];
  const say = (check: CheckName, outcome: boolean | Outcome, explanation: string): void => {
    checks.push(judged(check, outcome, explanation));
  };
  say('blob', true, `A proof of the kind ${proof.kind}; every byte is accounted for.`);

  for (const [i, { smesher: signer, signed, signature, domain }] of messagesOf(proof).entries()) {
    const check = i === 0 ? 'first-signature' : 'second-signature';
    const { genesisId } = network;
    if (!genesisId) say(check, 'inconclusive', 'The genesis id of the network is not known.');
    else if (verifySignature(signer, { network: genesisId, domain, message: signed }, signature))
      say(check, true, `Signed by ${toHex(signer)} for this network.`);
    else say(check, false, `It is not signed by ${toHex(signer)} for this network.`);
  }
  const signers = messagesOf(proof).map((message) => message.smesher);
  const ofOne = signers.every((signer) => equalBytes(signer, smesher));
  say(
    'same-smesher',
    ofOne,
    ofOne
      ? 'It is all of the smesher that it is stored against.'
      : `It is of ${signers.map(toHex).join(' and ')}, but stored against ${toHex(smesher)}.`,
  );
  checks.push(await knownSmesher(database, smesher, options));
  if (proof.kind === 'invalid-post-index') {
    const reader = new EvidenceReader(database, (poet) => engines.inspectPoet(poet));
    const found = proof.atx.commitmentAtx ?? (await reader.commitment(smesher, options))?.atx;
    const { outcome, explanation } = await badIndex(proof, found, network, engines);
    say('contradiction', outcome, explanation);
  } else {
    const [holds, explanation] = contradiction(proof);
    say('contradiction', holds, explanation);
  }
  return {
    smesher,
    kind: proof.kind,
    statement: statementOf(proof),
    ...verdictOf(checks, { needed }),
  };
}

/** What was signed, whatever the kind. */
function messagesOf(proof: MalfeasanceProof) {
  if ('messages' in proof)
    return proof.messages.map((message) => ({ ...message, domain: proof.domain }));
  return ('atxs' in proof ? proof.atxs : [proof.atx]).map((atx) => ({
    smesher: atx.smesher,
    signed: atxSignedBytes(atx),
    signature: atx.signature,
    domain: 'atx' as const,
  }));
}

type Contradictory = Exclude<MalfeasanceProof, { readonly kind: 'invalid-post-index' }>;

function contradiction(proof: Contradictory): [boolean, string] {
  if (proof.kind === 'invalid-previous-atx') {
    const [first, second] = proof.atxs;
    if (equalBytes(first.id, second.id)) return [false, 'Both are one and the same ATX.'];
    return equalBytes(first.previousAtx, second.previousAtx)
      ? [true, `Two different ATXs name ${toHex(first.previousAtx)} as the one before.`]
      : [false, 'The two ATXs name different ones before them, as they should.'];
  }
  const [first, second] = proof.messages;
  const unit = proof.kind === 'multiple-atxs' ? 'epoch' : 'layer';
  if (first.time !== second.time)
    return [
      false,
      `One is of ${unit} ${first.time}, the other of ${second.time}: both are allowed.`,
    ];
  if (first.round !== second.round)
    return [
      false,
      `One is of round ${first.round}, the other of ${second.round}: both are allowed.`,
    ];
  return equalBytes(first.messageHash, second.messageHash)
    ? [false, 'Both are one and the same message.']
    : [true, `Two different messages are signed for ${unit} ${first.time}, where one is allowed.`];
}

/** The proof holds if the verifier refuses the index, for whatever reason (InvalidPostIndexHandler.Validate). */
async function badIndex(
  { atx, index }: { readonly atx: AtxV1; readonly index: number },
  commitmentAtx: Bytes | undefined,
  network: AtxAuditSettings['network'],
  engines: AuditEngines,
): Promise<Pick<Check, 'outcome' | 'explanation'>> {
  const post = postsOf(atx).find(({ initial }) => !initial);
  if (!post) return { outcome: 'fail', explanation: 'The ATX in the proof has no PoST.' };
  if (!commitmentAtx)
    return {
      outcome: 'inconclusive',
      explanation:
        'The first ATX of the smesher is not in this database, so its labels are not known.',
    };
  const labelsPerUnit = atx.nipost?.postMetadata?.labelsPerUnit ?? 0n;
  const result = await verifyPending(
    { ...post, subject: 'PoST', nodeId: atx.smesher, commitmentAtx, labelsPerUnit },
    { one: index },
    network,
    engines,
  );
  if (result instanceof WorkbenchError) return { outcome: 'pass', explanation: result.message };
  return result.valid
    ? { outcome: 'fail', explanation: `Index ${index} of the PoST is good: the proof is wrong.` }
    : { outcome: 'pass', explanation: `The verifier refuses it: ${result.message}.` };
}

function statementOf(proof: MalfeasanceProof): string {
  switch (proof.kind) {
    case 'multiple-atxs':
      return `It published two ATXs in epoch ${proof.messages[0].time}.`;
    case 'multiple-ballots':
      return `It signed two ballots in layer ${proof.messages[0].time}.`;
    case 'hare-equivocation':
      return `It sent two Hare messages in layer ${proof.messages[0].time}, round ${proof.messages[0].round}.`;
    case 'invalid-post-index':
      return `Position ${proof.index} of the PoST in its ATX ${toHex(proof.atx.id)} is not good.`;
    case 'invalid-previous-atx':
      return `Two of its ATXs name the same one before: ${toHex(proof.atxs[0].previousAtx)}.`;
  }
}
