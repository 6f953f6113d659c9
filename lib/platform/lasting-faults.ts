/** Faults of a request that no retry mends, by Node's code: what each means, and what to do. */
import { INSPECTING_PROXY_SECTION } from './messages.ts';

const UNKNOWN_ISSUER = `this machine does not trust its certificate. A proxy that inspects TLS does this. Have it leave this address alone, or make its certificate known: ${INSPECTING_PROXY_SECTION}`;
const OUT_OF_DATE =
  "its certificate is not valid at this machine's time. Check the clock here. If it is right, the owner of the address or of a proxy in between must renew the certificate";

const ADVICE: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_ISSUER,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_ISSUER,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_ISSUER,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_ISSUER,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_ISSUER,
  CERT_HAS_EXPIRED: OUT_OF_DATE,
  CERT_NOT_YET_VALID: OUT_OF_DATE,
  ERR_TLS_CERT_ALTNAME_INVALID:
    'its certificate is made out to another host. Check the address in config.yaml. Or a proxy or a sign-in page answers in its place',
  PROXY_407:
    'the proxy wants credentials, or refuses those it got (407). Deployed: check the SSM parameter network.proxy_credentials_parameter. On this machine: put user:password into PROXY_CREDENTIALS or into HTTPS_PROXY',
  ERR_INVALID_CHAR:
    'a header would hold a character that none can carry. It may be an invisible one, pasted along with the token. Put the token in again',
};

/** @returns undefined for a fault that may pass; for the others nothing was sent */
export function adviceOnLasting(code: string): string | undefined {
  return Object.hasOwn(ADVICE, code) ? ADVICE[code] : undefined;
}
