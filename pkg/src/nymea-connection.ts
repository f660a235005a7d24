/** A connection to the nymea face, without a socket. */
export interface NymeaConnection {
  /**
   * Sends text, or its bytes: any number of JSON objects, or parts of them. Resolves when what is complete is answered.
   * A connection that is closed sends nothing.
   * @throws DoorwardError `invalidArgument` for anything else; rejects with `storeClosed` once the door is closed
   */
  send(data: string | Uint8Array): Promise<void>;
  /** Gets every message of the server: one JSON object and a newline. */
  onmessage: ((message: string) => void) | null;
  /** Called once, when either side has closed. */
  onclose: (() => void) | null;
  readonly closed: boolean;
  close(): void;
}
