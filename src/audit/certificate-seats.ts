/** Why the seats in a certificate of Hare are not checked. */
import type { Check } from './types';

/** go-spacemesh v1.7.6 hare3/eligibility/oracle.go: the active set is that of the epoch's ballots, or of a bootstrap server. */
export const seatsNotChecked: Check = {
  check: 'certificate-seats',
  outcome: 'inconclusive',
  explanation:
    'The seats of a member follow from its weight in the active set of the Hare committee. The database does not record which set that was: it may come from a bootstrap server.',
};
