/** Stands in the bundle for got's client for HTTP/2, which nobody here turns on: 20 KB less. */
export default {
  globalAgent: undefined,
  auto(): never {
    throw new Error('the deployed bundle has no client for HTTP/2; see infra/bundle.ts');
  },
};
