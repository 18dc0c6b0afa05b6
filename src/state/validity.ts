/**
 * The column `atxs.validity`: what this node found when it verified the ATX as a link of a chain. It does so for the
 * ATXs before a candidate for its own positioning or commitment ATX, and for each ATX where it verifies all labels of
 * all PoSTs; most ATXs are never verified so. Source: go-spacemesh v1.7.6 activation/validation.go
 * verifyChainWithOpts, common/types/activation.go.
 */

/** By the value in the table. */
export const validities = ['unknown', 'valid', 'invalid'] as const;
export type Validity = (typeof validities)[number];

export interface ValidityPresentation {
  readonly text: string;
  readonly meaning: string;
}

export const validityPresentation: Readonly<Record<Validity, ValidityPresentation>> = {
  unknown: {
    text: 'not verified',
    meaning: 'This node has not verified the chain of this ATX. That is the usual case.',
  },
  valid: {
    text: 'verified',
    meaning: 'This node verified the PoSTs of this ATX and of the ATXs before it.',
  },
  invalid: {
    text: 'refused',
    meaning:
      'This node does not position its own ATX after this one. The ATX counts and earns all the same. go-spacemesh 1.7.6 verifies all PoSTs of a merged ATX as if they were the publisher’s, so it refuses sound merged ATXs and the ATXs after them.',
  },
};

/** The column in one line, for the heading of a table. */
export const validityHint =
  '0 not verified, 1 verified, 2 refused: by this node, as an ATX to position its own after. It decides neither weight nor rewards.';
