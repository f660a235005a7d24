/** How a second factor stands. */
export interface SecondFactorState {
  active: boolean;
  /** Recovery codes that are left. */
  recoveryCodes: number;
}

/** Shows that it is oneself: one's own second factor is changed with the password or a code. */
export interface SecondFactorProof {
  password?: string;
  /** A code, or a recovery code. */
  code?: string;
}

/** Second factors: codes of an authenticator (RFC 6238: SHA-1, six digits, thirty seconds), and recovery codes. */
export interface SecondFactor {
  /** `user` absent: one's own. */
  get(options?: { user?: string }): Promise<SecondFactorState>;
  /**
   * A secret for an authenticator, and the same as the address that a QR code holds. Nothing is kept until `confirm`.
   * `issuer`: what the authenticator shows beside the name; default `Doorward`.
   * @throws DoorwardError `alreadyExists` where there is a second factor, `denied`
   */
  start(options?: { issuer?: string }): Promise<{ secret: string; uri: string }>;
  /**
   * Sets it up: the code shows that the authenticator has the secret. The recovery codes are in this result and nowhere
   * else, ever; each is good once.
   * @throws DoorwardError `secondFactorWrong`, `alreadyExists`, `denied`
   */
  confirm(secret: string, code: string): Promise<{ recoveryCodes: string[] }>;
  /**
   * Removes it: one's own with the password or a code, another's as who may set his password.
   * @throws DoorwardError `secondFactorRequired`, `secondFactorWrong`, `currentPasswordWrong`, `lockedOut`, `notFound`,
   * `denied`
   */
  remove(options?: SecondFactorProof & { user?: string }): Promise<void>;
  /**
   * New recovery codes for oneself; those before are good no more.
   * @throws DoorwardError as `remove`
   */
  renewRecoveryCodes(proof: SecondFactorProof): Promise<{ recoveryCodes: string[] }>;
}
