/** A configuration that passed its check but cannot be planned: one line that names the value and the limit. */
export class PlanError extends Error {
  override readonly name = 'PlanError';
}
