// What only makes a run start faster is a trick: it rests on something that a library does not promise. A trick that fails is
// left out, and Pulumi's debug log (`pulumi up --debug`) tells so. PALETTE_PLAIN_START=1 leaves out all of them.
const failures = [];

/** Whether the user wants a start without tricks. */
exports.plain = process.env.PALETTE_PLAIN_START === "1";

/** Applies a trick, unless the user wants none. Whatever it throws is kept for `report`. */
exports.attempt = (trick, apply) => {
    if (exports.plain) {
        return;
    }
    try {
        apply();
    } catch ({ message = "" }) {
        failures.push(`start-up goes on without ${trick}: ${message.split("\n")[0]}`);
    }
};

/** Hands what has failed so far to a function that logs one line. */
exports.report = (log) => {
    for (const failure of failures.splice(0)) {
        log(failure);
    }
};
