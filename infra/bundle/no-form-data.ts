/**
 * In place of the global `FormData`, whose first use loads a whole second HTTP client. `got` looks
 * whether a body is one; ours never is.
 */
export class FormData {}
