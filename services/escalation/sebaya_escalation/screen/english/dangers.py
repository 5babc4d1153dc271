"""Other dangers in English: self-harm, what happens now, what others or the writer may do."""

from ..model import Construct, Level
from ..patterns import Rule

DANGERS = (
    # self-harm without a word of suicide
    Rule(
        "en-self-harm",
        Construct.SELF_HARM,
        Level.RED,
        """
        CUT ..1 my|her|his|their ..1 BODY
        self harmed|harms|injury|injure|injuring
        I ..2 HABIT ..1 to? cutting|cut !CUT_ELSE
        relapsed ..3 cutting|selfharm
        urge|urges|need ..1 to? cut|cutting|bleed !class|down|out|off|my|the|it
        hurt|harm|hurting|harming me because i deserve
    """,
    ),
    Rule(
        "en-self-harm-marks",
        Construct.SELF_HARM,
        Level.AMBER,
        """
        cuts|scars|marks|burns|cut ..1 on ..1 my|her|his|their ..1 BODY
        self harm scars
    """,
    ),
    # danger that is happening
    Rule(
        "en-danger-now",
        Construct.DANGER_NOW,
        Level.IMMINENT,
        """
        I|just|already ..2 took|swallowed|taken|downed ..3 all|bottle|whole|handful ..3 PILLS
        I|just|already ..2 took|swallowed|taken|downed ..3 lot|many|bunch|too ..3 PILLS
        took|swallowed an overdose
        I|just ..2 overdosed
        I ..1 standing|sitting ..1 on|at ..3 ledge|edge|roof|bridge|rooftop|tracks|rail
        im|i'm|i on ..1 roof|bridge|ledge|rooftop ..6 jump|end|over|goodbye
        wont|won't|not|doesnt|doesn't stop|stopping bleeding
        bleeding ..2 wont|won't|doesnt|doesn't stop
        he|she|they|dad|mom|stepdad ..3 has|got|holding ..2 knife|gun ..4
        I|hiding ..2 hiding|locked ..6 AT_HOME|he|she ..4 drunk|screaming|yelling
        I|hiding ..2 hiding|locked ..6 AT_HOME|he|she ..4 angry|knife|hitting|breaking
        is|he|she|they hitting|beating|choking ..1 me now
    """,
    ),
    # what others do to the student
    Rule(
        "en-beaten-at-home",
        Construct.ABUSE,
        Level.RED,
        """
        AT_HOME ..4 HITS ..1 me !with|up|in|out|off|back
        AT_HOME ..3 HITS me with a|his|her ..1 belt|stick|hand|fist|shoe
        AT_HOME ..3 lays|laid|puts ..1 hands on me
        he|she|they HITS me !out|up|off|back ..1 when|if|every|again|because|with|whenever|until
        hit|beaten|slapped|punched|choked|kicked|burned by ..2 AT_HOME
        physically|sexually abused|abusive|abuses|abusing|assaulted|abuse
        I ..3 abused|beaten|molested|raped|assaulted by?
        my|mom|dad ..2 abuses|abused me
        afraid|scared ..1 to? go ..1 home ..6 hit|hits|hurt|hurts|beat|beats|drunk
    """,
    ),
    Rule(
        "en-sexual-abuse",
        Construct.ABUSE,
        Level.RED,
        """
        TOUCH me !with|by
        I|me ..3 RAPE
        was|been|got molested|raped|groped
        made|makes|making me ..1 touch|undress|strip|kiss
        FORCE_ME me ..3 SEXUAL
        sexually assaulted|abused|molested|harassed|harasses
        threaten|threatens ..1 to ..1 leak|share|post|send|spread ..2 nudes|photos|pics
        threaten|threatens ..1 to ..1 leak|share|post|send|spread ..2 pictures|video|photo
        threatened|threatening ..1 to ..1 leak|share|post|send|spread ..2 nudes|photos|pics
        threatened|threatening ..1 to ..1 leak|share|post|send|spread ..2 pictures|video|photo
        nudes|photos|pictures|pics ..4 threatening|threatened|threatens|leak|leaked|blackmail
        touches|touched|touching ..2 private|privates|inappropriately
    """,
    ),
    Rule(
        "en-hit-by-peers",
        Construct.VIOLENCE_SUFFERED,
        Level.AMBER,
        """
        they|he|she|boys|girls ..3 HITS ..1 me !with|up|in|out|off|back|because
        guys|kids|seniors ..3 HITS ..1 me !with|up|in|out|off|back|because
        someone|bullies|classmates ..3 HITS ..1 me !with|up|in|out|off|back|because
        beat|beats|beating me up
        got|get|getting|was beaten|jumped|beat up|by
        threatened|threatening|threatens|threaten ..1 to ..1 hurt|beat|stab|kill|shoot
    """,
    ),
    Rule(
        "en-told-to-die",
        Construct.VIOLENCE_SUFFERED,
        Level.AMBER,
        """
        tell|tells|telling|told me ..1 to ..2 SUICIDE|die
        say|says|saying|said ..1 i should ..2 SUICIDE|die
    """,
    ),
    Rule(
        "en-death-threat",
        Construct.VIOLENCE_SUFFERED,
        Level.RED,
        "threatened|threatening|threatens|threaten|says|said ..3 kill|stab|shoot|murder me",
    ),
    # what the student may do to others
    Rule(
        "en-threatens",
        Construct.VIOLENCE_THREAT,
        Level.RED,
        """
        <2!NEG want|wanna|going|gonna|imma ..2 KILL_OTHER VICTIM !with|feelings|in
        <2!NEG i'll|planning|plan|will|thinking|urge ..2 KILL_OTHER VICTIM !with|feelings|in
        <2!NEG I ..1 stab|shoot|murder VICTIM
        bring|bringing|brought|take|taking ..1 knife|gun|weapon|blade ..2 school|class
        shoot ..1 up ..2 school|class
        make ..1 pay ..2 knife|gun|blood
    """,
    ),
    Rule(
        "en-runs-away",
        Construct.RUNNING_AWAY,
        Level.AMBER,
        """
        run|running|ran away from home|here
        WISH|AIM ..1 to? run away !from
        run|running away tonight|tomorrow
    """,
    ),
    Rule(
        "en-eating",
        Construct.EATING,
        Level.AMBER,
        """
        make|making|made SELF ..1 throw|sick|puke|vomit
        throw|throwing|puke|puking|vomit ..1 up? ..2 after ..3 eat|eating|meal|meals|dinner|lunch
        starve|starving|starved SELF
        havent|haven't|not eaten|eating ..2 days
        purging
    """,
    ),
    # the writer asks for, or worries about, somebody
    Rule(
        "en-worried-for-other",
        Construct.CONCERN_FOR_OTHER,
        Level.AMBER,
        """
        worried|scared|afraid|fear ..2 RELATION ..4 do|hurt ..1 something|herself
        worried|scared|afraid|fear ..2 RELATION ..4 do|hurt ..1 himself|themselves|stupid
        RELATION ..4 do something stupid|bad|drastic
    """,
    ),
    Rule(
        "en-wants-adult",
        Construct.ADULT_WANTED,
        Level.AMBER,
        """
        <2!NEG talk|speak|see|meet|chat ..2 to|with|the ..2 ADULT
        <1!NEG want|need|wanna|get|see ..2 ADULT
        rather ..1 an adult
        help from ..1 ADULT
    """,
    ),
    Rule(
        "en-not-safe",
        Construct.DANGER_NOW,
        Level.AMBER,
        """
        dont|don't|not|never ..1 feel|feeling safe at|in ..2 home|house
        I|feel not safe
        im|i'm|i unsafe|scared|afraid ..1 to? ..1 at|go|going home
    """,
    ),
)
