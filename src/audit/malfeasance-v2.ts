/**
 * Malfeasance proofs of version 2 checked again, by the rules of the later go-spacemesh files that protocol/
 * malfeasance-v2.ts names. A leaf that is a number has 4 bytes in the ATX ids of v1.7.6, and 32 in later ones: either
 * form proves the number.
 */
import { atxSignedBytes, postRoot, unsigned } from '../protocol/atx';
import { equalBytes, toHex, type Bytes } from '../base/bytes';
import { WorkbenchError } from '../base/error';
import type {
  InvalidPostProof,
  MalfeasanceProofV2,
  MarriageProof,
  MarryProof,
  MerklePath,
  PreviousAtxProof,
  SignedAtx,
  SubPostProof,
} from '../protocol/malfeasance-v2';
import { isMember, merkleRoot } from '../protocol/merkle';
import { verifyMarriage, verifySignature } from '../protocol/signing';
import { verifyPending, type AtxAuditSettings } from './atx';
import { judged } from './check';
import type { AuditEngines } from './engines';
import type { Check, Outcome } from './types';

/** Without these a proof of version 2 does not pass. */
export const decisiveV2 = [
  'first-signature',
  'merkle-proofs',
  'contradiction',
  'same-smesher',
] as const;

/** Places of the fields in the tree of an ATX of version 2 (MerkleTreeIndex and its siblings). */
const place = {
  publishEpoch: 0,
  niposts: 5,
  marriages: 7,
  marriageAtx: 8,
  challenge: 1,
  posts: 2,
  marriageIndex: 0,
  previousAtx: 1,
  post: 3,
  numUnits: 4,
} as const;

/** The identity that a proof is about, once it is valid. */
export const culpritOf = (proof: MalfeasanceProofV2): Bytes =>
  proof.kind === 'double-merge' ? proof.merged[0].atx.smesher : proof.nodeId;

export function statementOfV2(proof: MalfeasanceProofV2): string {
  switch (proof.kind) {
    case 'double-marry':
      return `It is married in two ATXs, ${proof.atxs.map(({ id }) => toHex(id)).join(' and ')}.`;
    case 'double-merge':
      return `Two merged ATXs of its marriage were published in epoch ${proof.publishEpoch}.`;
    case 'invalid-post':
      return `Position ${proof.post.invalidPosition} of its PoST in ATX ${toHex(proof.atx.id)} is not good.`;
    case 'invalid-previous-v1':
    case 'invalid-previous-v2':
      return `Two ATXs name the same one before for it: ${toHex(proof.previousAtx)}.`;
  }
}

/** Collects the first thing that is wrong with the Merkle paths and certificates of a proof. */
class Judge {
  readonly #genesisId: Uint8Array | undefined;
  #brokenPath: string | undefined;
  #brokenCertificate: string | undefined;
  #hasCertificates = false;

  constructor(genesisId: Uint8Array | undefined) {
    this.#genesisId = genesisId;
  }

  path(what: string, root: Bytes, leaf: Uint8Array, path: MerklePath, index: number): void {
    if (!isMember([{ index: BigInt(index), node: leaf }], path, root))
      this.#brokenPath ??= `The Merkle path of ${what} leads to another root.`;
  }

  number(what: string, root: Bytes, value: number, path: MerklePath, index: number): void {
    const isIn = ([32, 4] as const).some((bytes) =>
      isMember([{ index: BigInt(index), node: unsigned(value, bytes) }], path, root),
    );
    if (!isIn) this.#brokenPath ??= `The Merkle path of ${what} ${value} leads to another root.`;
  }

  /** @param smesher who must have signed the certificate */
  marry(proof: MarryProof, atx: Bytes, publisher: Bytes, smesher: Bytes): void {
    this.#hasCertificates = true;
    const { signature, referenceAtx, certificatesRoot } = proof;
    if (this.#genesisId) {
      const network = this.#genesisId;
      if (!verifyMarriage({ network, smesher, publisher, signature }))
        this.#brokenCertificate ??= `A certificate is not signed by ${toHex(smesher)} for ${toHex(publisher)}.`;
    }
    const leaf = merkleRoot([referenceAtx, signature]);
    this.path('the certificates', atx, certificatesRoot, proof.certificatesPath, place.marriages);
    this.path(
      'a certificate',
      certificatesRoot,
      leaf,
      proof.certificatePath,
      proof.certificateIndex,
    );
  }

  marriage(proof: MarriageProof, atx: SignedAtx, nodeId: Bytes): void {
    const { marriageAtx, publisher } = proof;
    this.path('the marriage ATX', atx.id, marriageAtx, proof.marriageAtxPath, place.marriageAtx);
    this.marry(proof.nodeId, marriageAtx, publisher, nodeId);
    this.marry(proof.smesher, marriageAtx, publisher, atx.smesher);
  }

  /** @param marriage of the identity whose PoST it is, where another published the ATX */
  subPost(way: SubPostProof, atx: SignedAtx, marriage: MarriageProof | undefined): void {
    this.path('the NiPoSTs', atx.id, way.nipostsRoot, way.nipostsPath, place.niposts);
    this.path('the NiPoST', way.nipostsRoot, way.nipostRoot, way.nipostPath, way.nipostIndex);
    this.path('the PoSTs', way.nipostRoot, way.postsRoot, way.postsPath, place.posts);
    this.path('the PoST', way.postsRoot, way.postRoot, way.postPath, way.postIndex);
    if (marriage)
      this.number(
        'marriage index',
        way.postRoot,
        marriage.nodeId.certificateIndex,
        way.marriageIndexPath,
        place.marriageIndex,
      );
  }

  /** The marriage that is needed where an ATX proves the space of another identity than its publisher. */
  membership(marriage: MarriageProof | undefined, atx: SignedAtx, nodeId: Bytes): void {
    if (marriage) this.marriage(marriage, atx, nodeId);
    else if (!equalBytes(atx.smesher, nodeId))
      this.#brokenPath ??= `The ATX is of ${toHex(atx.smesher)}, and the proof does not show that ${toHex(nodeId)} is married to it.`;
  }

  get checks(): Check[] {
    const paths = judged(
      'merkle-proofs',
      this.#brokenPath === undefined,
      this.#brokenPath ?? 'Every field in the proof is part of the ATX whose id was signed.',
    );
    if (!this.#hasCertificates) return [paths];
    const [outcome, explanation]: [Outcome, string] = !this.#genesisId
      ? ['inconclusive', unknownGenesis]
      : this.#brokenCertificate
        ? ['fail', this.#brokenCertificate]
        : ['pass', 'Each certificate is signed by the identity that it marries.'];
    return [paths, judged('marriage-certificates', outcome, explanation)];
  }
}

const unknownGenesis = 'The genesis id of the network is not known.';

/** All checks of a decoded proof but the ones about the row that it is stored in. */
export async function judgeV2(
  proof: MalfeasanceProofV2,
  network: AtxAuditSettings['network'],
  engines: Pick<AuditEngines, 'labels' | 'powHash'>,
): Promise<Check[]> {
  const judge = new Judge(network.genesisId);
  const contradiction = await judgeKind(proof, judge, network, engines);
  return [...signatures(proof, network.genesisId), ...judge.checks, contradiction];
}

function signatures(proof: MalfeasanceProofV2, genesisId: Uint8Array | undefined): Check[] {
  const signed = (atx: SignedAtx) => ({ ...atx, message: atx.id });
  const all =
    proof.kind === 'double-marry'
      ? proof.atxs.map(signed)
      : proof.kind === 'double-merge'
        ? proof.merged.map(({ atx }) => signed(atx))
        : proof.kind === 'invalid-post'
          ? [signed(proof.atx)]
          : [
              ...proof.proofs.map(({ atx }) => signed(atx)),
              ...(proof.kind === 'invalid-previous-v1'
                ? [{ ...proof.atx, message: atxSignedBytes(proof.atx) }]
                : []),
            ];
  return all.map(({ smesher, signature, message }, i) => {
    const check = i === 0 ? 'first-signature' : 'second-signature';
    if (!genesisId) return judged(check, 'inconclusive', unknownGenesis);
    const isSigned = verifySignature(
      smesher,
      { network: genesisId, domain: 'atx', message },
      signature,
    );
    return judged(
      check,
      isSigned,
      `The ATX is ${isSigned ? '' : 'not '}signed by ${toHex(smesher)} for this network.`,
    );
  });
}

async function judgeKind(
  proof: MalfeasanceProofV2,
  judge: Judge,
  network: AtxAuditSettings['network'],
  engines: Pick<AuditEngines, 'labels' | 'powHash'>,
): Promise<Check> {
  const contradiction = (outcome: boolean, explanation: string): Check =>
    judged('contradiction', outcome, explanation);
  const sameAtx = contradiction(false, 'Both ATXs are the same one.');
  switch (proof.kind) {
    case 'double-marry': {
      const [first, second] = proof.atxs;
      judge.marry(proof.certificates[0], first.id, first.smesher, proof.nodeId);
      judge.marry(proof.certificates[1], second.id, second.smesher, proof.nodeId);
      return equalBytes(first.id, second.id)
        ? sameAtx
        : contradiction(true, 'Two different ATXs marry it, where one marriage is allowed.');
    }
    case 'double-merge': {
      const { merged, marriageAtx, publisher, publishEpoch } = proof;
      for (const { atx, publishEpochPath, marriageAtxPath, certificate } of merged) {
        judge.number('publish epoch', atx.id, publishEpoch, publishEpochPath, place.publishEpoch);
        judge.path('the marriage ATX', atx.id, marriageAtx, marriageAtxPath, place.marriageAtx);
        judge.marry(certificate, marriageAtx, publisher, atx.smesher);
      }
      return equalBytes(merged[0].atx.id, merged[1].atx.id)
        ? sameAtx
        : contradiction(
            true,
            `Two different ATXs merge the marriage in epoch ${publishEpoch}, where one is allowed.`,
          );
    }
    case 'invalid-previous-v2': {
      const [first, second] = proof.proofs;
      for (const one of proof.proofs) previous(judge, one, proof.previousAtx, proof.nodeId);
      return equalBytes(first.atx.id, second.atx.id)
        ? sameAtx
        : contradiction(
            true,
            `Two different ATXs name ${toHex(proof.previousAtx)} as the one before.`,
          );
    }
    case 'invalid-previous-v1': {
      const { atx, nodeId, previousAtx, proofs } = proof;
      previous(judge, proofs[0], previousAtx, nodeId);
      if (!equalBytes(atx.smesher, nodeId))
        return contradiction(
          false,
          `The ATX of version 1 is of another smesher, ${toHex(atx.smesher)}.`,
        );
      return equalBytes(atx.previousAtx, previousAtx)
        ? contradiction(
            true,
            `An ATX of version 1 and one of version 2 name ${toHex(previousAtx)} as the one before.`,
          )
        : contradiction(
            false,
            `The ATX of version 1 names another one before, ${toHex(atx.previousAtx)}.`,
          );
    }
    case 'invalid-post': {
      const { post, atx, nodeId, marriage } = proof;
      judge.membership(marriage, atx, nodeId);
      judge.subPost(post, atx, marriage);
      judge.path(
        'the challenge',
        post.nipostRoot,
        post.challenge,
        post.challengePath,
        place.challenge,
      );
      judge.path('the indices', post.postRoot, postRoot(post.proof), post.proofPath, place.post);
      judge.number('units', post.postRoot, post.numUnits, post.numUnitsPath, place.numUnits);
      return judgeLabels(post, nodeId, network, engines);
    }
  }
}

function previous(judge: Judge, proof: PreviousAtxProof, previousAtx: Bytes, nodeId: Bytes): void {
  const { atx, marriage } = proof;
  judge.membership(marriage, atx, nodeId);
  judge.subPost(proof, atx, marriage);
  judge.path(
    'the previous ATX',
    proof.postRoot,
    previousAtx,
    proof.previousAtxPath,
    place.previousAtx,
  );
}

/** One label must be good, which shows that the commitment is right, and the other must not. */
async function judgeLabels(
  post: InvalidPostProof,
  nodeId: Bytes,
  network: AtxAuditSettings['network'],
  engines: Pick<AuditEngines, 'labels' | 'powHash'>,
): Promise<Check> {
  const isGood = async (position: number): Promise<boolean> => {
    const result = await verifyPending(
      {
        proof: post.proof,
        challenge: post.challenge,
        numUnits: post.numUnits,
        marriageIndex: 0,
        initial: false,
        subject: 'PoST',
        nodeId,
        commitmentAtx: post.commitmentAtx,
        labelsPerUnit: network.post.labelsPerUnit,
      },
      { one: position },
      network,
      engines,
    );
    return !(result instanceof WorkbenchError) && result.valid;
  };
  if (!(await isGood(post.validPosition)))
    return judged(
      'contradiction',
      false,
      `The label at position ${post.validPosition}, which must show that the commitment is right, is not good: the proof is wrong.`,
    );
  const isInvalid = !(await isGood(post.invalidPosition));
  return judged(
    'contradiction',
    isInvalid,
    isInvalid
      ? `The label at position ${post.invalidPosition} is not good, the one at ${post.validPosition} is.`
      : `The label at position ${post.invalidPosition} is good: the proof is wrong.`,
  );
}
