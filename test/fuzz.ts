import fc from "fast-check";

// The same ones in every run, so that a red one says something about the change; another seed tries others.
fc.configureGlobal({ seed: Number(process.env.FUZZ_SEED ?? 1) });

export default fc;
