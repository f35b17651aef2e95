// Made from schemas/ by `npm run gen`. Do not edit.

export interface RouterTable {
  /**
   * Address to listen on. `0.0.0.0` and `::` listen on all; then other machines can reach it. Default `127.0.0.1`.
   */
  host: string
  /**
   * TCP port to listen on, 1 to 65535. Default 5273.
   */
  port: number
  /**
   * Host names under which clients reach it, beside the loopback names and `host`. Requests for any other name are refused, because a web page could point its own name here. Default none.
   */
  hosts: string[]
  /**
   * Largest request body, in bytes, 1024 to 1073741824. Default 67108864 (64 MiB).
   */
  max_body_bytes: number
  /**
   * How long a stop waits for running answers, in seconds, 0 to 3600. Keep it below `stop_grace` in `[b00t.governance]`. Default 30.
   */
  drain_timeout_s: number
}
