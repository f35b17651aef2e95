/** The soul a machine starts with: the usual ports of local servers, and providers whose key may be set. */
export const DEFAULT_SOUL: string = `# This machine's backends. The router reads this file again whenever it changes.
# A local backend is used while it answers on its port; a remote one while the variable key_env holds a key.
# Order counts: the first backend that lists the model gets the request, and local ones come before remote ones.

[b00t]
name = "server-soul"
type = "soul"
hint = "Which local and remote model servers this machine may use"

[soul]
blessings = []

[[backends.local]]
name = "mistralrs"
port = 8181
kind = "openai-compat"
enabled = true

[[backends.local]]
name = "llama-cpp"
port = 8080
kind = "openai-compat"
enabled = true

[[backends.local]]
name = "vllm"
port = 8000
kind = "openai-compat"
enabled = true

[[backends.local]]
name = "vllm-2"
port = 8001
kind = "openai-compat"
enabled = true

[[backends.remote]]
name = "openai"
key_env = "OPENAI_API_KEY"
base_url = "https://api.openai.com/v1"

[[backends.remote]]
name = "openrouter"
key_env = "OPENROUTER_API_KEY"
base_url = "https://openrouter.ai/api/v1"

[[backends.remote]]
name = "telnyx"
key_env = "TELNYX_API_KEY"
base_url = "https://api.telnyx.com/v2/ai"

# b00t:map v1
# summary: Local and remote OpenAI-compatible backends of this machine
# tags: soul, router, backends
# tier: sm0l
# cmds: b00t server explain MODEL
# complexity: 1
`
