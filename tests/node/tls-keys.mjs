// A certificate that signs itself, for `localhost` and 127.0.0.1, and its key. They secure nothing but tests.
import { X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folder } from './cli-helpers.mjs';

export const cert = `-----BEGIN CERTIFICATE-----
MIIBmjCCAUGgAwIBAgIUVcJN+M2R/yCQslym7DyWG0caN+QwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNTE4NDA1MFoYDzIxMjYxMTAx
MTg0MDUwWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARB1RKhhwx3ZOelTKnPQ/aTWg/PfwvicjmQr+9bYKyHz3LmEkFlsPSt
NYm1Pq5TOXbOodJaXCOAIxidfFlDu/oIo28wbTAdBgNVHQ4EFgQUzvZXrAzxCQxO
TSpT1k4aT4ygRo0wHwYDVR0jBBgwFoAUzvZXrAzxCQxOTSpT1k4aT4ygRo0wDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDRwAwRAIgXcj5PIQMhhdWBZVSBFenVGLF2BrbdoDeShGVAPCZ48ACIGME
0zgH42wyAAATLAClHF9mjGdPpz71Cvb1zPsGET2U
-----END CERTIFICATE-----
`;

const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgT6KFESoMkr40fZAQ
k61HuC0igljv0b9hRKaMceTl2D6hRANCAARB1RKhhwx3ZOelTKnPQ/aTWg/Pfwvi
cjmQr+9bYKyHz3LmEkFlsPStNYm1Pq5TOXbOodJaXCOAIxidfFlDu/oI
-----END PRIVATE KEY-----
`;

export const fingerprint = new X509Certificate(cert).fingerprint256;

/** The options of `serve` for them. */
export function tlsOptions(t) {
  const at = folder(t);
  writeFileSync(join(at, 'cert.pem'), cert);
  writeFileSync(join(at, 'key.pem'), key, { mode: 0o600 });
  return ['--tls-cert', join(at, 'cert.pem'), '--tls-key', join(at, 'key.pem')];
}
