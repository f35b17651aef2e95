// Made from schemas/ by `npm run gen`. Do not edit.

/**
 * How to run the program and how to tell that it is ready.
 */
export interface ServiceTable {
  /**
   * Program and arguments, each an element of its own. No shell sees them.
   *
   * @minItems 1
   */
  argv: string[]
  /**
   * Folder to run in, relative to the datum file; a leading ~ is the home folder. Default: the folder of the datum file.
   */
  working_dir?: string
  /**
   * Variables added to the base environment (PATH, HOME, LANG, …). Values are taken as they are.
   */
  environment: {
    [k: string]: string
  }
  /**
   * Names of variables handed on from the supervisor's environment, for secrets. One that is not set is left out.
   */
  pass_environment: string[]
  /**
   * TCP ports the program listens on. They must be free before a start.
   */
  ports: number[]
  /**
   * The service is ready once this TCP port on 127.0.0.1 accepts connections; while it runs, looked at every 10 seconds.
   */
  ready_port?: number
  /**
   * The service is ready once a GET of this address answers with a 2xx status; while it runs, asked every 10 seconds.
   */
  ready_url?: string
  /**
   * Signal that asks the program to end; SIGKILL follows after stop_grace.
   */
  stop_signal: 'SIGTERM' | 'SIGINT' | 'SIGQUIT' | 'SIGHUP' | 'SIGUSR1' | 'SIGUSR2'
  /**
   * What the service offers: openai-compat publishes it to the router under api_url.
   */
  api?: 'openai-compat'
  /**
   * Base address of the API including /v1; by default http://127.0.0.1:ready_port/v1.
   */
  api_url?: string
}
