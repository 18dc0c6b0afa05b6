/** What came of an applied transaction, as `transactions.result` holds it (go-spacemesh v1.7.6 common/types/transaction_result.go). */
import type { Bytes } from '../base/bytes';
import { ScaleReader } from './scale';

/** Limits of the `scale:"max=…"` tags. */
const maxMessageBytes = 1024;
const maxAddresses = 10;

export interface TransactionResult {
  /** False: it failed, and still pays its fee. */
  readonly succeeded: boolean;
  readonly gas: bigint;
  /** Paid to those whom the block rewards, in smidge. */
  readonly feeSmidge: bigint;
  /** 20 bytes. */
  readonly block: Bytes;
  readonly layer: number;
}

/** @throws WorkbenchError `scale-invalid` */
export function decodeTransactionResult(blob: Uint8Array): TransactionResult {
  const reader = new ScaleReader(blob, 'transaction result');
  const succeeded = reader.compact(8) === 0n;
  reader.byteSlice(maxMessageBytes);
  const result = {
    succeeded,
    gas: reader.compact(64),
    feeSmidge: reader.compact(64),
    block: reader.bytes(20),
    layer: reader.compact32(),
  };
  reader.list(maxAddresses, () => reader.bytes(24));
  reader.end();
  return result;
}
