import { SmartScaleError } from '../../errors';

/** The shape that all errors of the AWS SDK share; network errors carry a `code` too. */
interface SdkError extends Error {
  readonly code?: string;
}

/** The condition of a write did not hold. */
export function isConditionFailed(error: unknown): boolean {
  return error instanceof Error && error.name === 'ConditionalCheckFailedException';
}

/**
 * AWS's names end here. A refused or malformed request is our own mistake and `internal`; whatever else happens on the way
 * (network, time-outs, throttling, missing rights, no credentials) leaves us without an answer: `store-unreachable`.
 */
export function storeError(error: unknown, tableName: string): SmartScaleError {
  if (error instanceof SmartScaleError) return error;
  const { name, message, code }: SdkError = error instanceof Error ? error : new Error(String(error));
  if (name === 'ResourceNotFoundException') {
    return new SmartScaleError('store-table-missing', `there is no DynamoDB table "${tableName}"`, { cause: error });
  }
  const text = `DynamoDB table "${tableName}": ${code ?? name}: ${message}`;
  return new SmartScaleError(isOurMistake(error) ? 'internal' : 'store-unreachable', text, { cause: error });
}

function isOurMistake(error: unknown): boolean {
  if (!(error instanceof Error) || error.name === 'ValidationException') return true;
  if (error.name === 'CredentialsProviderError') return false;
  // What never left the process, such as a value that cannot be stored, has no metadata.
  return !('$metadata' in error);
}
