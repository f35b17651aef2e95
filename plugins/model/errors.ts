import type { CatalogueEntry } from '#core'

const OTHER_FILE = 'Use an undamaged copy of the file, or convert the model again.'

/** Every error of this plugin, by code. */
export const ERRORS: Readonly<Record<string, CatalogueEntry>> = {
  MODEL_NO_FILE: {
    meaning: 'The datum describes a model but names no file to serve.',
    next: 'Add [b00t.model] with the path of a GGUF file.',
  },
  MODEL_SOCKET_PATH: {
    meaning: 'The path of the unix socket is longer than the system allows.',
    next: 'Point B00T_HOME at a folder with a shorter path, or shorten the file name of the datum.',
  },
  MODEL_SOCKET: {
    meaning: 'The server cannot listen on its unix socket.',
    next: 'End the process that uses the socket, or check who owns the folder.',
  },
  MODEL_USAGE: {
    meaning: 'The command line of the server process is wrong.',
    next: 'Start it as `node plugins/model/serve.ts --gguf PATH --name NAME --socket PATH`.',
  },
  MODEL_FILE_UNREADABLE: {
    meaning: 'The model file cannot be read.',
    next: 'Check that it is a file and that you may read it.',
  },
  MODEL_FILE_NOT_GGUF: {
    meaning: 'The file is not a GGUF file of version 2 or 3.',
    next: 'Name a GGUF file, or convert the model to GGUF.',
  },
  MODEL_FILE_TRUNCATED: {
    meaning: 'The file ends before its contents do.',
    next: 'Copy or download the file again; it was cut off.',
  },
  MODEL_FILE_DAMAGED: {
    meaning: 'The head of the file holds values that cannot be.',
    next: OTHER_FILE,
  },
  MODEL_FILE_KEY_MISSING: {
    meaning: 'The file lacks a key without which the engine cannot load it.',
    next: OTHER_FILE,
  },
  MODEL_FILE_TENSOR_MISSING: {
    meaning: 'The file lacks a tensor without which the engine cannot load it.',
    next: OTHER_FILE,
  },
  MODEL_FILE_MTP_DROPPED: {
    meaning: 'The file promises an extra prediction block that a merge has lost.',
    next: 'Convert the model again with --no-mtp.',
  },
  MODEL_FILE_SHAPE: {
    meaning: 'A tensor has another size than the model needs.',
    next: OTHER_FILE,
  },
  MODEL_FILE_VOCABULARY: {
    meaning: 'The tokenizer and the embedding differ in their number of tokens.',
    next: OTHER_FILE,
  },
  MODEL_ENGINE_MISSING: {
    meaning: 'There is no ready-made llama.cpp for this machine.',
    next: 'Use a system with glibc (not Alpine), or use a local server or a remote backend.',
  },
  MODEL_LOAD: {
    meaning: 'llama.cpp cannot load the model file.',
    next: 'Read the reason; a newer model may need a newer engine.',
  },
  MODEL_REFUSED: {
    meaning: 'A request to the server is wrong; the client gets the reason as an OpenAI error.',
    next: 'Correct the request.',
  },
}
