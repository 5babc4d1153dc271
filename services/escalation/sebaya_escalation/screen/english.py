"""English as students write it. Constructs follow the C-SSRS (see `model.Construct`); the words are
the project's own.
"""

from .model import Construct, Level
from .patterns import Language, Rule

_PEOPLE = """
        friend bestie bff friends brother sister mom mum mother dad father parent parents cousin
        uncle aunt grandma grandpa
        grandmother grandfather boyfriend girlfriend bf gf ex crush classmate teacher
        stepdad stepmom stepfather stepmother husband wife son daughter kid roommate teammate
        neighbour neighbor
    """
_AT_HOME = """
        mom mum mother dad father parent parents brother sister uncle aunt grandpa grandma
        grandfather grandmother stepdad
        stepmom stepfather stepmother stepbrother boyfriend girlfriend bf gf ex
        cousin coach teacher guardian husband wife dads moms stepdads
    """

WORDS = {
    "I": "i im i'm ive i've i'd i'll imma ima iam myself",
    "MY": "my the a an our his her their this that some these two one",
    "ME": "me",
    "YOU": "you u ya yourself urself",
    "OTHER": _PEOPLE
    + """
        he she they hes shes he's she's they're theyre someone somebody people person people's
        everyone anybody anyone man woman
        boy girl boys girls guy guys student students teens teenager kids men women
        character soldier soldiers veteran veterans vet vets himself herself themselves themself
        you u
    """,
    "RELATION": _PEOPLE + " he she they hes shes he's she's they're",
    "KIN": _PEOPLE,
    "AT_HOME": _AT_HOME,
    "PREPOSITION": """
        by to from of with for because about at on like miss without hurt leave leaving lost
        around despite against hates hate
        into join see
    """,
    "SAY": """
        said says say told tell tells saying asked ask asks texted wrote telling yelled
        screamed joked jokes dared dares
    """,
    "HEARSAY": "apparently allegedly",
    "NEG": """
        not never no dont don't didnt didn't doesnt doesn't wont won't wouldnt wouldn't isnt isn't
        aint ain't wasnt wasn't cant
        can't couldnt couldn't havent haven't hasnt hasn't without nobody neither nor stop
        shouldnt shouldn't
    """,
    "CANT": "cant can't cannot couldnt couldn't",
    "DONT": "dont don't doesnt doesn't didnt didn't",
    "NEG_FAR": "doesnt_mean",
    "ADVERB": """
        ever really going gonna to be have had been actually even any feeling having want planning
        trying thinking thought about
        of seriously considered contemplated would will tried wanted do did am
    """,
    "PAST": "used ago previously formerly past younger childhood",
    "NEWS": """
        movie film book novel series show song lyrics lyric article news documentary prevention
        awareness seminar campaign
        statistics statistic study research poem episode game podcast essay poster workshop
        presentation
        hotline training report chapter anime character plot presentation quote headline police
        webinar rates rate data
    """,
    "LAUGH": "lol lmao lmfao haha hahaha joking joke jk kidding rofl jokingly xd lolol hehe",
    "WISH": """
        want wants wanted wanna wana wanting wish wished wishing ready desire tempted need willing
        prepared hoping longing waiting
        prefer deserve deserves rather needs
    """,
    "SHALL": "will gonna gunna might should could i'll imma ima finna may",
    "AIM": """
        going about planning plan plans planned intend intending tempted trying try tries ready
        decided deciding urge urges thinking
        need needed have promised threatening threatened
    """,
    "THINK": """
        thinking think thought thoughts thinks considering consider considered contemplating
        contemplate contemplated imagining
        imagine imagined fantasize fantasizing fantasising fantasise fantasies urges urge idea ideas
        ideations ideation obsessed dream dreaming impulse impulses
    """,
    "TRY": "tried tries attempted attempt attempts trying try almost nearly",
    "DONE": "already just ive i've have",
    "DIE": "die dead dying dies died deadd unalived",
    "KILL": "kill killing killed kil offing kills unalive unaliving unalived off",
    "SELF": "myself meself mysel mysef myselfs",
    "OTHERS_SELF": "himself herself themselves themself yourself urself",
    "SUICIDE_WORD": "suicide sucide suicde suiside sewerslide kms suicides",
    "SUICIDAL": "suicidal sucidal suicidel",
    "HANG": "hang hanging hanged shoot shooting drown drowning poison poisoning",
    "END": "end ending ended take taking took finish finishing",
    "LIFE": "life lyf",
    "NOW": "tonight tonite now today tomorrow tmrw soon 2nite 2night",
    "DAY": """
        night weekend week morning evening afternoon friday monday tuesday wednesday
        thursday saturday sunday
    """,
    "THIS": "this",
    "ALIVE": "alive living existing here breathing",
    "HURT": """
        hurt hurting harm harming harmed cut cutting burn burning burned punish punishing punch
        punching hit hitting scratch
        scratching hurts cuts harms starve starving injure injuring
    """,
    "CUT": "cut cutting slit slitting slice slicing slash cuts burn burning scratch scratching",
    "SELF_HARM_WORD": "selfharm selfharmed selfharming",
    "BODY": "wrist wrists arm arms thigh thighs leg legs skin",
    "BLADE": "knife blade razor razors razorblade blades knives boxcutter",
    "MEANS": "gun rope noose bleach pistol rifle",
    "PILLS": "pills pill meds tablets paracetamol tylenol ibuprofen medication painkillers",
    "HEIGHT": "roof bridge building rooftop window balcony cliff ledge",
    "JUMP": "jump jumping",
    "TIRED": "tired sick done exhausted over hate hating",
    "HITS": """
        hits hit beats beat slaps slapped punches punched kicks kicked chokes choked strangled
        abuses abused abusing beating
        hitting burned whips whipped belts smacks shoves shoved hurts
    """,
    "TOUCH": "touched touches touching groped gropes grabbed molested molests raped rapes fondled",
    "RAPE": "raped molested groped assaulted",
    "KILL_OTHER": "kill stab shoot murder hurt strangle poison",
    "VICTIM": """
        him her them everyone everybody people someone you u dad mom teacher teachers classmates
        bully bullies kids students
        brother sister stepdad school
    """,
    "ADULT": "adult adults counselor counsellor grownup counselors counsellors",
    "CARE": """
        care miss notice better happier cry sad relieved notices cared missed easier bother
        matter funeral
    """,
    "NOBODY": "nobody noone one everyone they anyone who people",
    "GONE": "died die gone dead disappeared disappear vanished killed exist",
    "HABIT": "started start been keep kept back still relapsed want wanna stop",
    "CUT_ELSE": """
        class classes corners hair paper back down out off my the school it sugar carbs people
        ties weight contact costs onions
        vegetables
    """,
    "FORCE_ME": """
        forced forces forcing pressured pressures threatening threatened threatens
        blackmails blackmailing blackmailed
    """,
    "SEXUAL": "sex nudes naked touch undress strip kiss pics pictures photos photo nude",
}

PHRASES = {
    "SUICIDE": """
        KILL SELF|OTHERS_SELF
        KILL my self
        SUICIDE_WORD
        commit|committing|committed|comit suicide|sucide
        HANG SELF|OTHERS_SELF
        END my|his|her|their|your|own|the ..1 LIFE
        END my|his|her|their own? lives
        ending|end it all|tonight|now|today|soon|there
        ending|end everything|things|myself|herself|himself
        end the? pain|suffering for|forever|permanently
        JUMP off|from|out|in|into ..2 HEIGHT|river|train
        JUMP in ..1 front
        throw|throwing SELF ..1 off|in|under|from
        slit|slitting|slash ..1 wrists|wrist|throat
        overdose|overdosing|od|ods|overdosed
        take|taking ..2 all ..2 PILLS
        swallow|swallowing ..3 PILLS
        blow|blowing my ..1 brains|head
    """,
    "WANTS": """
        WISH ..1 to?
        SHALL
        AIM ..1 to
        feel|feeling|feels like
        thinking about|of
    """,
    "DIES": """
        die !laughing|laugh|of|for|alone|hard|trying|from|hair|my|hearing|watching|seeing
        be|was|were|am|being dead
        dead !tired|serious|line|last|end|inside|wrong
        disappear|vanish forever|completely|from|and|permanently
        disappear
        cease to? exist|exist
        stop existing|living|breathing
        be gone !from|by
        be with ..3 again|heaven
        go to? sleep ..2 never|not wake
        fall asleep ..2 never|not wake
    """,
    "SOON": """
        NOW
        DAY THIS
        this|on ..1 DAY
        after|before school|class
        next week|month
    """,
    "NOMORE": "anymore|any|longer",
    "DENIES": "DONT|not|never|no|cant|can't|cannot|wont|won't",
}

_SI, _WISH, _PLAN = Construct.SUICIDAL_THOUGHTS, Construct.WISH_TO_BE_DEAD, Construct.PLAN_OR_MEANS

RULES = (
    # C-SSRS 2 to 5: active thoughts, intent
    Rule(
        "en-thinks-of-suicide",
        _SI,
        Level.RED,
        """
        way|ways|how ..2 SUICIDE
        SUICIDE thoughts|thought|ideation
        feelings of SUICIDE
        way out ..6 SUICIDE
    """,
    ),
    Rule(
        "en-suicidal",
        _SI,
        Level.RED,
        """
        I|feel|feeling|felt|became|become|was|am|been|be|get|me|getting ..2 SUICIDAL
        RELATION|is ..2 SUICIDAL
        SUICIDAL thoughts|ideation|ideations|feelings|urges|again|tendencies
        thoughts of suicide|dying|death|SUICIDE
    """,
    ),
    Rule(
        "en-i-suicide",
        _SI,
        Level.RED,
        """
        if ..3 i SUICIDE
        convinced ..3 SUICIDE
        better ..1 SUICIDE
        reason|reasons ..2 not|to ..1 SUICIDE
    """,
    ),
    Rule(
        "en-suicide-soon", _SI, Level.IMMINENT, "I|i'll|im|going|gonna ..2 end|ending it ..1 SOON"
    ),
    Rule(
        "en-suicide-bare",
        Construct.SUICIDE_EXPOSURE,
        Level.AMBER,
        """
        lost ..5 SUICIDE
        kms
    """,
    ),
    Rule(
        "en-plan",
        _PLAN,
        Level.RED,
        """
        plan|planned|planning ..3 SUICIDE|die
        have|made|got|making a plan to? ..1 SUICIDE|die|DIES
        suicide|suicidal plan
        how much|many ..3 to overdose|die|kill
        have|made|got ..1 plan ..3 how|when ..2 do
    """,
    ),
    Rule(
        "en-plan-known",
        _PLAN,
        Level.NONE,
        """
        know|decided|planned ..1 how|when|where ..4 do|happen
        have|made|got|having a|my ..1 plan
        the|a plan is ready|set|made
        planned|planning it ..1 out
        set|picked|chosen a date
    """,
    ),
    Rule(
        "en-means",
        _PLAN,
        Level.NONE,
        """
        have|got|bought|keep|keeping|saved|hid|hiding|hidden|own|found ..3 MEANS|BLADE|PILLS
        MEANS|BLADE|PILLS ..2 ready|drawer|bag|room|hand
    """,
    ),
    Rule(
        "en-stockpile",
        _PLAN,
        Level.AMBER,
        """
        saving|saved|stockpiling|hoarding|collecting|collected ..2 PILLS
        noose
        written|wrote|writing ..2 suicide note|notes
        suicide note
    """,
    ),
    Rule(
        "en-tried-suicide",
        Construct.SUICIDAL_BEHAVIOUR,
        Level.RED,
        """
        suicide attempt|attempts
        I ..1 attempted ..3 SUICIDE
        tried|attempted to die|SUICIDE
        came ..1 close to SUICIDE
    """,
    ),
    # C-SSRS 1: wish to be dead
    Rule(
        "en-wants-to-die",
        _WISH,
        Level.AMBER,
        """
        <1!NEG <3!THING WISH really? just? i? to? really? just? DIES
        feel|feels|felt|feeling like dying
        wish|wished|wishing|hope|hoping|pray|praying|prayed ..3 DIES|died|dead
        <1!NEG WISH|AIM ..1 to ..1 die !laughing|of|for|alone|trying|from
        wait|waiting|cant|can't ..1 to die
        better|rather ..1 dead|die|died
        thinking|think|thought|thoughts ..2 about|of ..1 dying|death|die|dead
        want ..1 life to|over|end ..1 end|over
        wish|want|wanted|wanna it all? to? end|stop !well|up
        just want|wanted out
        can|could|may i ..1 just? die
        wish someone|somebody would ..1 kill|shoot me
    """,
    ),
    Rule(
        "en-to-die-soon",
        _WISH,
        Level.IMMINENT,
        """
        <1!NEG want|wanna|going|gonna|ready|will|imma|wana to? ..1 die SOON
        SOON ..2 want|wanna|going|gonna|will to? ..1 die
        wont|won't|will|not ..2 be alive|here tomorrow|tmrw|anymore|monday
    """,
    ),
    Rule(
        "en-wishes-gone",
        _WISH,
        Level.AMBER,
        """
        wish|wished|wishing ..2 never|not|wasnt|wasn't ..2 born|exist|existed|alive|here|woken|wake
        wish|wished|wishing ..2 werent|weren't|hadnt|hadn't ..2 born|exist|existed
        wish|wished|wishing ..2 werent|weren't|hadnt|hadn't ..2 alive|here|woken|wake
        wish ..3 didnt|didn't|dont|don't exist|wake
        wish|wished|want|wanted|wanna ..2 disappear|vanish|cease
        was|were|been never|not? born ..1 DIES
    """,
    ),
    Rule(
        "en-not-living",
        _WISH,
        Level.AMBER,
        """
        DENIES ..1 want|wanna ..1 to? ..1 live|exist !with|in|like|at|here|together|alone|there
        DENIES ..1 wana|feel ..1 to? ..1 live|exist !with|in|like|at|here|together|alone|there
        DENIES ..1 want|wanna|wana to? ..1 be alive|here anymore|any
        DENIES ..1 want|wanna to? ..1 be alive
        DENIES ..1 want|wanna to? ..1 be on ..1 earth|planet
        DENIES ..1 want|wanna to? ..1 wake up
        DENIES ..1 want|wanna to? ..1 be in this world
        DENIES ..1 want|wanna to? ..1 continue|go ..2 living|life
        DENIES ..1 want|wanna my life
        DENIES ..2 reason|point|purpose ..3 live|living|alive|exist|existing|life
        whats|what's|what is? ..1 point ..2 living|life|alive|existing
        life|living is|isnt|isn't|not ..2 worth living|it
        isnt|isn't|not worth living
        TIRED of|with ..1 living|life|alive|existing !with|in|at|here
        TIRED of being alive|here
        TIRED being alive
        DENIES ..2 deserve ..1 live|alive|life|exist
        why am|are i|we ..1 still? alive
        why ..1 i even? ..1 alive|exist|living
        give|giving|gave|given up on life|living
        dread|hate|hating waking up
        CANT ..1 go on !with|the|vacation|a|to
        cant|can't|cannot ..2 do|take this|it|life anymore|any
        cant|can't|cannot keep living|going
    """,
    ),
    Rule(
        "en-not-waking",
        _WISH,
        Level.AMBER,
        """
        never|not|didnt|didn't|dont|don't|wont|won't|wouldnt|wouldn't wake|waking|woke|woken ..1 up
        sleep forever
    """,
    ),
    Rule(
        "en-better-without-me",
        _WISH,
        Level.AMBER,
        """
        better|happier|easier ..1 off? without me
        better off dead|gone
        better|happier|easier|relieved if i ..4 dead|gone|died|disappeared|wasnt
        better|happier|easier|relieved if i ..4 wasn't|werent|weren't|never|existed|left
        world ..4 better ..1 without
        NOBODY ..2 CARE ..2 if|when i ..2 GONE
        if|when i ..2 died|die|gone|dead|disappeared|vanished|wasnt|wasn't ..5 CARE
        if|what if i ..1 just? DIES|died|disappeared|vanished|killed
    """,
    ),
    Rule(
        "en-life-should-end",
        _WISH,
        Level.RED,
        """
        want|wanna|wish my life|everything ..2 end|over
        want|ready to? end it|everything !with
    """,
    ),
    # C-SSRS 6, preparatory: farewells
    Rule(
        "en-farewell",
        Construct.FAREWELL,
        Level.RED,
        """
        this|it is|might|will|could ..2 last message|text|goodbye|letter|post|note
        my last|final message|text|letter|words|goodbye|day|night|post
        by the time ..3 read ..2
        if you|anyone|someone ..1 read|reading|reads|find|finds this ..5 gone|dead|late
        if youre|you're|ur ..1 read|reading|reads|find|finds this ..5 gone|dead|late
        goodbye ..1 world|forever|life|cruel
        goodbye note|letter|letters|notes
        when i'm|im|i ..1 gone|dead
        wont|won't have to worry|deal|bother ..2 me
        wont|won't|never ..1 see me again
    """,
    ),
    Rule(
        "en-goodbye",
        Construct.FAREWELL,
        Level.NONE,
        """
        goodbye|goodbyes|farewell
        sorry ..2 everyone|everything|mom|mum|dad|guys
        take|takes care of my ..1
        tell my|mom|dad|them ..3 love|loved|sorry
        giving|gave|given ..2 my|away ..2 things|stuff|away|belongings
        love you|u all
        for the last time
    """,
    ),
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

EVERYDAY = """
        the and to of in that it is was for on are as with they at be this have from or one had by
        but not what all were we when
        your can said there use an each which she do how their if will up other about out many then
        them these so some her would make like him into time has look two more write go see number
        no way could people my than
        first been call who its now find long down day did get come made may part over new take only
        little work know place year live me back give most very after thing our just name good man
        think say great where help
        through much before line right too mean old any same tell boy follow came want show also
        around form
        three small set put end does another well large must big even such because turn here why
        ask went men read need land
        different home us move try kind hand picture again change off play spell air away animal
        house point
        page letter mother answer found study still learn should world feel feels feeling felt
        school friend friends skill
        skilled skills killer killers diet died audience studied soldier soldiers deadline
        deadlines cute cutie cutting haircut
        lives lived life alive killjoy myself yourself really actually though because cause cuz bc
        lunch dinner class teacher
        mom dad sis bro brother sister sad cry crying tired happy love hate lonely alone
    """

TABLES = Language(WORDS, PHRASES, RULES, EVERYDAY)
