// An engine that was killed does not tell its plugins: they have a new parent then. The shell that started this one
// told its own parent, so that an engine which goes while the files below are loaded is missed too.
const engine = Number(process.env.PULUMI_ENGINE_PROCESS ?? process.ppid);
setInterval(() => process.ppid === engine || process.exit(1), 500).unref();
