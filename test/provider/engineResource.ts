import { forgetRun } from "../../packages/palette/lifecycle/runNotes";
import type { Provider } from "../../packages/palette/lifecycle/provider";

/** A resource as the engine keeps it. */
export interface EngineResource<Inputs extends object, Outputs extends Inputs> {
    provider: Provider<Inputs, Outputs>;
    inputs: Inputs;
    id: string;
    outs: Outputs;
}

export async function create<I extends object, O extends I>(
    provider: Provider<I, O>,
    inputs: I,
): Promise<EngineResource<I, O>> {
    return { provider, inputs, ...(await provider.create(inputs)) };
}

/** As the engine does it: what a failed create has left is recorded, and updated when the cause is corrected. */
export async function createDespiteFailure<I extends object, O extends I>(
    provider: Provider<I, O>,
    inputs: I,
    correct: (error: string) => Promise<I>,
): Promise<EngineResource<I, O>> {
    try {
        return await create(provider, inputs);
    } catch (error) {
        const { message, id, properties } = error as Error & { id: string; properties: O };
        expect(properties).toMatchObject(inputs);
        const corrected = await correct(message);
        const { outs } = await provider.update(id, properties, corrected);
        return { provider, inputs: corrected, id, outs };
    }
}

export async function update<I extends object, O extends I>(
    made: EngineResource<I, O>,
    news: I,
): Promise<void> {
    expect(await made.provider.diff(made.id, made.outs, news)).toMatchObject({
        changes: true,
        replaces: [],
    });
    made.outs = (await made.provider.update(made.id, made.outs, news)).outs;
    made.inputs = news;
}

/** A refresh finds nothing, and neither does the `up` after it. */
export async function expectNoDrift<I extends object, O extends I>(
    made: EngineResource<I, O>,
): Promise<void> {
    const { provider, id, outs, inputs } = made;
    const observed = await provider.read(id, outs);
    expect(observed).toEqual({ id, props: outs, inputs });
    expect(await provider.diff(id, observed.props!, inputs)).toMatchObject({ changes: false });
}

export async function remove<I extends object, O extends I>(
    made: EngineResource<I, O>,
): Promise<void> {
    // In a run of its own.
    forgetRun();
    await made.provider.delete(made.id, made.outs);
    await made.provider.delete(made.id, made.outs);
    expect((await made.provider.read(made.id, made.outs)).id).toBe("");
}
