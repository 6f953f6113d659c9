/**
 * A certificate for one host that nobody has signed but itself, made anew for each test: no key
 * lies in the repository.
 */
import { generateKeyPairSync, sign } from 'node:crypto';

export interface SelfSigned {
  /** PEM. */
  readonly key: string;
  readonly cert: string;
}

const [INTEGER, BIT_STRING, OBJECT_ID, UTF8, UTC_TIME, SEQUENCE, SET] = [0x02, 0x03, 0x06, 0x0c, 0x17, 0x30, 0x31];
/** 1.3.101.112 and 2.5.4.3, as DER writes them. */
const ED25519 = [0x2b, 0x65, 0x70];
const COMMON_NAME = [0x55, 0x04, 0x03];

export function selfSigned(host = 'localhost'): SelfSigned {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const algorithm = der(SEQUENCE, der(OBJECT_ID, Buffer.from(ED25519)));
  const cn = der(SEQUENCE, der(OBJECT_ID, Buffer.from(COMMON_NAME)), der(UTF8, Buffer.from(host)));
  const name = der(SEQUENCE, der(SET, cn));
  const day = (offset: number) => {
    const date = new Date(Date.now() + offset * 86_400_000).toISOString();
    return der(UTC_TIME, Buffer.from(`${date.slice(2, 19).replaceAll(/\D/g, '')}Z`));
  };
  const validity = der(SEQUENCE, day(-1), day(1));
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const body = der(SEQUENCE, der(INTEGER, Buffer.from([1])), algorithm, name, validity, name, spki);
  const signature = der(BIT_STRING, Buffer.from([0]), sign(null, body, privateKey));
  const cert = der(SEQUENCE, body, algorithm, signature).toString('base64');
  return {
    key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    cert: `-----BEGIN CERTIFICATE-----\n${cert.replaceAll(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
  };
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...head]), content]);
}
