/** What an authenticator reads from a QR code: the `otpauth` address, with the parameters that all of them take. */
export function authenticatorUri(name: string, secret: string, issuer = 'Doorward'): string {
  // A colon divides the issuer from the name.
  const label = [issuer, name].map((part) => encodeURIComponent(part.replaceAll(':', ' '))).join(':');
  return `otpauth://totp/${label}?secret=${secret}&issuer=${encodeURIComponent(issuer)}`;
}
