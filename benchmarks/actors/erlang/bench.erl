%% The Erlang side of the actor benchmark: bare processes with a receive loop, which is the least an actor costs here.
%% Only heap and restart use gen_server and supervisor, because they are about being supervised.
%%
%%   erl -noshell -s bench main <row> <milliseconds>
%%
%% Prints "ready" after warming up; then one figure for each line read, until the input ends.
-module(bench).
-behaviour(gen_server).
-export([main/1, start_named/1, counter/2, answerer/1, relay/2]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2]).

-define(LANES, 1000).

main([Row, Milliseconds]) ->
    logger:set_primary_config(level, none),
    Duration = list_to_integer(atom_to_list(Milliseconds)),
    Measure = measure(Row, Duration),
    warm_up(Row, Duration),
    io:format("ready~n"),
    serve(Measure).

serve(Measure) ->
    case io:get_line("") of
        eof -> halt();
        _ -> io:format("~w~n", [Measure()]), serve(Measure)
    end.

warm_up('tell 100000', Duration) -> tell(1000, Duration);
warm_up('heap bytes', _) -> ok;
warm_up('heap bytes bare', _) -> ok;
warm_up('timer late ms', _) -> ok;
warm_up(Row, Duration) -> (measure(Row, Duration))().

measure('tell one', Duration) -> fun() -> tell(1, Duration) end;
measure('tell 1000', Duration) -> fun() -> tell(1000, Duration) end;
measure('tell 100000', Duration) -> fun() -> tell(100000, Duration) end;
measure('ask one', Duration) -> fun() -> ask(1, Duration) end;
measure('ask 1000', Duration) -> fun() -> ask(1000, Duration) end;
measure('ping-pong', Duration) -> fun() -> ping_pong(Duration) end;
measure('spawn and stop', Duration) -> fun() -> spawn_and_stop(Duration) end;
measure('heap bytes', _) -> fun() -> heap(supervised) end;
measure('heap bytes bare', _) -> fun() -> heap(bare) end;
measure('restart µs', Duration) -> fun() -> restart(Duration) end;
measure('timer late ms', Duration) -> fun() -> timer_late(Duration) end.

now_us() -> erlang:monotonic_time(microsecond).

%% Repeats a batch, which returns how much of it was completed, until the time is over; per second. A first one is not
%% counted.
rate(Duration, Batch) ->
    Batch(),
    Start = now_us(),
    rate(Start, Start + Duration * 1000, 0, Batch).
rate(Start, End, Done, Batch) ->
    Count = Done + Batch(),
    case now_us() of
        Now when Now >= End -> Count * 1000000 / (Now - Start);
        _ -> rate(Start, End, Count, Batch)
    end.

kill(Pids) ->
    [begin M = monitor(process, P), exit(P, kill), receive {'DOWN', M, _, _, _} -> ok end end || P <- Pids],
    ok.

%% tell: one sender, round robin; the receivers say when they have handled their part of a window.
%% One receiver gets 20 windows' worth at a time: mailboxes have no bound here, and waiting more often is slower.

counter(Sum, Left) ->
    receive
        {add, N, 1, From} -> From ! handled, counter(Sum + N, Left);
        {add, N, _, _} -> counter(Sum + N, Left)
    end.

tell(Count, Duration) ->
    Pids = [spawn(?MODULE, counter, [0, 0]) || _ <- lists:seq(1, Count)],
    garbage_collect(),
    Each = max(1, 20000 div Count),
    Result = rate(Duration, fun() ->
        tell_rounds(Pids, Each, self()),
        await(handled, Count),
        Count * Each
    end),
    kill(Pids),
    Result.

tell_rounds(_, 0, _) -> ok;
tell_rounds(Pids, Left, Self) ->
    tell_all(Pids, Left, Self),
    tell_rounds(Pids, Left - 1, Self).

tell_all([], _, _) -> ok;
tell_all([Pid | Rest], Left, Self) ->
    Pid ! {add, 1, Left, Self},
    tell_all(Rest, Left, Self).

await(_, 0) -> ok;
await(Message, Left) -> receive Message -> await(Message, Left - 1) end.

%% ask: calls of one process with a monitor and a reference, as gen_server:call makes them, by so many callers, each of
%% which waits for its reply before it calls again.

answerer(State) ->
    receive
        {'$call', {From, Ref}, N} -> From ! {Ref, State + N}, answerer(State + N)
    end.

call(Pid, N) ->
    Ref = monitor(process, Pid, [{alias, reply_demonitor}]),
    Pid ! {'$call', {Ref, Ref}, N},
    receive {Ref, Reply} -> Reply; {'DOWN', Ref, _, _, Reason} -> exit(Reason) end.

ask(Callers, Duration) ->
    Pid = spawn(?MODULE, answerer, [0]),
    Each = case Callers of 1 -> ?LANES; _ -> 20 end,
    Result = rate(Duration, fun() -> asked(Callers, Pid, Each), Callers * Each end),
    kill([Pid]),
    Result.

asked(1, Pid, Each) -> calls([Pid], Each);
asked(Callers, Pid, Each) ->
    Self = self(),
    [spawn(fun() -> calls([Pid], Each), Self ! asked end) || _ <- lists:seq(1, Callers)],
    await(asked, Callers).

calls(_, 0) -> ok;
calls(Pids, Left) ->
    [call(Pid, 1) || Pid <- Pids],
    calls(Pids, Left - 1).

%% ping-pong: every hop is a message handled.

relay(Next, Report) ->
    receive
        {next, Pid} -> relay(Pid, Report);
        {ball, 0} -> Report ! landed, relay(Next, Report);
        {ball, Left} -> Next ! {ball, Left - 1}, relay(Next, Report);
        forever -> Next ! forever, relay(Next, Report)
    end.

ring(Count) ->
    Pids = [First | Rest] = [spawn(?MODULE, relay, [none, self()]) || _ <- lists:seq(1, Count)],
    lists:foreach(fun({Pid, Next}) -> Pid ! {next, Next} end, lists:zip(Pids, Rest ++ [First])),
    Pids.

ping_pong(Duration) ->
    [First | _] = Pids = ring(2),
    Result = rate(Duration, fun() -> First ! {ball, 9999}, await(landed, 1), 10000 end),
    kill(Pids),
    Result.

%% spawn and stop: a process is told to stop, and has ended when its monitor says so.

spawn_and_stop(Duration) ->
    rate(Duration, fun() ->
        Pids = [spawn_monitor(fun() -> receive stop -> ok end end) || _ <- lists:seq(1, 1000)],
        [Pid ! stop || {Pid, _} <- Pids],
        [receive {'DOWN', Monitor, _, _, _} -> ok end || {_, Monitor} <- Pids],
        1000
    end).

%% heap: gen_servers with a registered name and a state under one supervisor; or bare processes with a state. Each has
%% handled one message.

heap(Kind) ->
    Count = 100000,
    collect(),
    Before = erlang:memory(total),
    {Pids, Close} = idle(Kind, Count),
    collect(),
    Bytes = (erlang:memory(total) - Before) / Count,
    erlang:phash2(Pids),
    Close(),
    Bytes.

collect() -> [garbage_collect(P) || P <- processes()], ok.

idle(bare, Count) ->
    Pids = [spawn(?MODULE, counter, [0, 0]) || _ <- lists:seq(1, Count)],
    tell_all(Pids, 1, self()),
    await(handled, Count),
    {Pids, fun() -> kill(Pids) end};
idle(supervised, Count) ->
    {ok, Sup} = supervisor:start_link(?MODULE, {supervisor, simple_one_for_one}),
    Names = [list_to_atom("actor " ++ integer_to_list(N)) || N <- lists:seq(1, Count)],
    [{ok, _} = supervisor:start_child(Sup, [Name]) || Name <- Names],
    [gen_server:call(Name, {add, 1}) || Name <- Names],
    {Names, fun() -> unlink(Sup), exit(Sup, shutdown), M = monitor(process, Sup), receive {'DOWN', M, _, _, _} -> ok end end}.

%% restart: a child fails; when its next incarnation has come up and handled a message. Mail does not survive a process
%% here: the message is sent as soon as the new one says that it is there.

%% A supervisor looks through the restarts of its period at each failure: 100 under each, as for everyone here.

restart(Duration) ->
    register(bench, self()),
    Result = median(restarts(now_us() + Duration * 1000)),
    unregister(bench),
    Result.

restarts(End) ->
    {ok, Sup} = supervisor:start_link(?MODULE, {supervisor, one_for_one}),
    receive {up, _} -> ok end,
    Took = [restarted() || _ <- lists:seq(1, 100)],
    unlink(Sup),
    exit(Sup, shutdown),
    M = monitor(process, Sup),
    receive {'DOWN', M, _, _, _} -> ok end,
    case now_us() >= End of
        true -> Took;
        false -> Took ++ restarts(End)
    end.

restarted() ->
    gen_server:cast(child, fail),
    Failed = receive {failed, At} -> At end,
    Handled = receive {up, Pid} -> gen_server:cast(Pid, {probe, self()}), receive {handled, Then} -> Then end end,
    (Handled - Failed) / 1000.

median(List) -> lists:nth(length(List) div 2 + 1, lists:sort(List)).

start_named(Name) -> gen_server:start_link({local, Name}, ?MODULE, counting, []).

init({supervisor, simple_one_for_one}) ->
    {ok, {#{strategy => simple_one_for_one}, [#{id => child, start => {?MODULE, start_named, []}}]}};
init({supervisor, one_for_one}) ->
    Child = #{id => child, start => {gen_server, start_link, [{local, child}, ?MODULE, reporting, []]}},
    {ok, {#{strategy => one_for_one, intensity => 1000000, period => 1}, [Child]}};
init(reporting) -> bench ! {up, self()}, {ok, 0};
init(counting) -> {ok, 0}.

handle_call({add, N}, _, State) -> {reply, ok, State + N}.
handle_cast(fail, _) ->
    bench ! {failed, erlang:monotonic_time(nanosecond)},
    error(failed);
handle_cast({probe, From}, State) ->
    From ! {handled, erlang:monotonic_time(nanosecond)},
    {noreply, State}.
handle_info(_, State) -> {noreply, State}.

%% timer: 5 ms timers of ten processes, each one after the other, while messages go round without end, in one process and in a ring of 1,000.

timer_late(Duration) ->
    max(late(1, 500, 4 * Duration), late(1000, 1000, 4 * Duration)).

late(Count, Balls, Duration) ->
    Pids = ring(Count),
    [lists:nth(1 + N rem Count, Pids) ! forever || N <- lists:seq(1, Balls)],
    End = now_us() + Duration * 1000,
    Self = self(),
    [spawn(fun() -> Self ! {late, lateness(End)} end) || _ <- lists:seq(1, 10)],
    Late = lists:sort(lists:append([receive {late, Each} -> Each end || _ <- lists:seq(1, 10)])),
    kill(Pids),
    lists:nth(ceil(length(Late) * 0.99), Late).

lateness(End) ->
    Start = now_us(),
    erlang:send_after(5, self(), tick),
    receive tick -> ok end,
    Now = now_us(),
    Late = (Now - Start) / 1000 - 5,
    case Now >= End of
        true -> [Late];
        false -> [Late | lateness(End)]
    end.
