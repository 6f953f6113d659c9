/** Faults of a request that no retry mends, by Node's code: what each means, and what to do. */
import { INSPECTING_PROXY_SECTION } from './documentation.ts';

const UNKNOWN_ISSUER = `this machine does not trust its certificate, as behind a proxy that inspects TLS: have the proxy leave this address alone, or make its certificate known, see ${INSPECTING_PROXY_SECTION}`;
const OUT_OF_DATE =
  "its certificate is not valid at this machine's time: check the clock here; if it is right, whoever answers there, or a proxy in between, has to renew the certificate";

const ADVICE: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_ISSUER,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_ISSUER,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_ISSUER,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_ISSUER,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_ISSUER,
  CERT_HAS_EXPIRED: OUT_OF_DATE,
  CERT_NOT_YET_VALID: OUT_OF_DATE,
  ERR_TLS_CERT_ALTNAME_INVALID:
    'its certificate is made out to another host: check the address in config.yaml, and whether something in between, such as a proxy or a sign-in page, answers in its place',
  PROXY_407:
    'the proxy wants credentials, or refuses those it got (407). Deployed: check the SSM parameter network.proxy_credentials_parameter. On this machine: put user:password into PROXY_CREDENTIALS or into HTTPS_PROXY',
  ERR_INVALID_CHAR:
    'a header would hold a character that none can carry, such as an invisible one that was pasted along with the token: put the token in again',
};

/** @returns undefined for a fault that may pass; for the others nothing was sent */
export function adviceOnLasting(code: string): string | undefined {
  return Object.hasOwn(ADVICE, code) ? ADVICE[code] : undefined;
}
